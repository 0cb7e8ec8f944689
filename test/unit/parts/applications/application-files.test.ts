import { load } from 'js-yaml';
import { expect, it } from 'vitest';
import { applicationFiles } from '../../../../installer/parts/applications/application-files.ts';
import { sampleSite } from '../../../support/sample-site.ts';

const site = sampleSite();
const digest = `sha256:${'b'.repeat(64)}`;
const files = await applicationFiles(site, { artifact: () => ({ digest }) } as never);

it('has an overlay and an environment for each environment of the site', () => {
  for (const environment of site.environments) {
    const list = load(files.get(`environments/${environment}/kustomization.yaml`) ?? '') as {
      resources: string[];
    };
    expect(list.resources).toEqual([`../../sample-app/overlays/${environment}`]);
    expect(files.get(`sample-app/overlays/${environment}/settings.env`)).toMatch(/^BREAK=$/m);
  }
});

it('names the image by digest from the site’s registry', () => {
  const overlay = load(files.get('sample-app/overlays/prod/kustomization.yaml') ?? '');
  expect(overlay).toMatchObject({
    images: [{ name: 'sample-app', newName: 'registry.test.internal:30500/platform/sample-app', digest }],
  });
});

it('a version that does not become ready never takes the place of the one that is', () => {
  const deployment = load(files.get('sample-app/base/deployment.yaml') ?? '');
  expect(deployment).toMatchObject({ spec: { strategy: { rollingUpdate: { maxUnavailable: 0 } } } });
});
