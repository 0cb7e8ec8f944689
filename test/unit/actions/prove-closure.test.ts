import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { closureOf, proveClosure } from '../../../installer/actions/prove-closure.ts';
import type { PerimeterError } from '../../../installer/base/errors.ts';
import { silentEvents } from '../../../installer/base/events.ts';
import { imageReference, type OpenBundle } from '../../../installer/bundle/bundle.ts';
import type { KubeObject } from '../../../installer/kube/kube.ts';
import { modelSite } from '../../../installer/site/model-site.ts';
import { chartBundle } from '../../fixtures/chart-bundle.ts';
import { smallWorkshop } from '../../fixtures/small-bundle.ts';
import { closurePlaces } from './closure-places.ts';

/** Under the name of a chart that the installer knows, the objects of this test; its values name the image `coredns`. */
const bundleWith = async (objects: readonly KubeObject[]): Promise<OpenBundle> =>
  await chartBundle({ charts: { coredns: objects }, images: ['coredns', 'tool'] });
const file = 'release coredns, charts/coredns/templates/objects.yaml';

describe('the proof that every image is in the bundle', () => {
  it('is given where each of the places names an image of the bundle', async () => {
    const { host, port } = (await modelSite()).endpoints.registry;
    const image = imageReference(`${host}:${port}`, (await bundleWith([])).artifact('tool'));
    const bundle = await bundleWith(closurePlaces.map(({ of }) => of(image)));
    const report = await closureOf(bundle);
    expect(report.missing).toEqual([]);
    expect(report.artifacts).toEqual(['coredns', 'tool']);
    // Nothing was passed over: each place led to the image, and the values of the chart and of its release to theirs.
    expect(report.resolved).toBe(closurePlaces.length + 2);
    await proveClosure(bundle, silentEvents);
  });

  it.each(closurePlaces)('is refused for an image that only $title names', async ({ of, planted, path }) => {
    expect(closurePlaces.length).toBeGreaterThanOrEqual(12);
    const planting = of(planted);
    const refused = await proveClosure(await bundleWith([planting]), silentEvents).then(
      () => expect.fail('it was given'),
      (error: unknown) => error as PerimeterError,
    );
    expect(refused).toMatchObject({ code: 'E_CLOSURE', findings: [expect.any(String)] });
    expect(refused.findings[0]).toContain(`${file}: ${planting.kind} `);
    expect(refused.findings[0]).toContain(` ${path}: ${planted}: `);
  });
});

describe('a build', () => {
  it('writes no bundle from which a site would run an image that is not in it', async () => {
    await using workshop = await smallWorkshop();
    const build = async (image: string): Promise<void> => {
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'x' },
        spec: { containers: [{ image }] },
      };
      await workshop.write(
        'helm/helm',
        `#!/bin/sh\ncat <<'END'\n# Source: coredns/x.yaml\n${dump(pod)}END\n`,
      );
      await workshop.build({ prove: (contents) => proveClosure(contents, silentEvents) });
    };
    const recipe = (kind: string): string =>
      `kind: ${kind}\nsets: [core]\nlicence: Apache-2.0\nversion: v1.2.3\n`;
    await workshop.write(
      'helm/source.yaml',
      `${recipe('files')}files: [{from: helm, path: /usr/local/bin/helm, mode: "0755"}]\n`,
    );
    await workshop.write(
      'chart-coredns/source.yaml',
      'kind: chart\nsets: [core]\nlicence: Apache-2.0\nchart: coredns\n',
    );
    await workshop.write(
      'coredns/source.yaml',
      `${recipe('files')}files: [{from: coredns, path: /coredns, mode: "0755"}]\nimage: {user: "65532:65532", entrypoint: [/coredns]}\n`,
    );
    await workshop.write('coredns/coredns', 'a program');
    await expect(build('busybox')).rejects.toMatchObject({
      code: 'E_CLOSURE',
      findings: [
        "release coredns, charts/coredns/x.yaml: Pod x /spec/containers/0/image: busybox: it is not in the site's registry",
      ],
    });
    expect(await stat(join(workshop.folder, 'bundle.tar')).catch(() => 'absent')).toBe('absent');
    await build('$(NOTHING)');
    expect((await stat(join(workshop.folder, 'bundle.tar'))).isFile()).toBe(true);
  });
});
