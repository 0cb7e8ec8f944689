import { expect, it } from 'vitest';
import { helmReleaseOf } from '../../../../installer/parts/flux/declared-release.ts';
import { declaredReleases } from '../../../../installer/phases/platform-releases.ts';
import { sampleSite } from '../../../support/sample-site.ts';

const site = sampleSite();
const digest = `sha256:${'a'.repeat(64)}`;
const inputs = {
  site,
  bundle: { artifact: (name: string) => ({ name, digest }) } as never,
  credentials: { get: (name: string) => (name === 'ca.certificate' ? 'PUBLIC' : 'SECRET'), names: () => [] },
};
const releases = declaredReleases(site);
const written = releases.map((declared) => ({ declared, object: helmReleaseOf(declared, inputs) }));

it('covers every chart of the site', () => {
  expect(written.length).toBeGreaterThanOrEqual(15);
  expect(new Set(releases.map(({ release }) => release.name)).size).toBe(releases.length);
});

it('heals drift, tries again, and uninstalls nothing by itself', () => {
  for (const { object } of written) {
    const spec = object['spec'] as Record<string, Record<string, unknown>>;
    expect(spec['driftDetection']).toMatchObject({ mode: 'enabled' });
    for (const action of ['install', 'upgrade']) {
      expect(spec[action]).toMatchObject({ strategy: { name: 'RetryOnFailure' } });
      expect(spec[action]).not.toHaveProperty('remediation');
    }
  }
});

it('names images by digest from the site’s registry only, and holds no secret', () => {
  for (const { object } of written) {
    const { values } = object['spec'] as { values: { images: Record<string, string> } };
    for (const image of Object.values(values.images))
      expect(image).toMatch(/^registry\.test\.internal:30500\/platform\/[a-z-]+@sha256:a{64}$/);
    expect(JSON.stringify(object)).not.toContain('SECRET');
  }
});

it('waits only for releases that exist', () => {
  const names = releases.map(({ release }) => release.name);
  for (const { after = [] } of releases) for (const name of after) expect(names).toContain(name);
});

it('keeps what everything stands on when its file is lost', () => {
  const kept = written
    .filter(({ object }) => object.metadata.annotations?.['kustomize.toolkit.fluxcd.io/prune'] === 'disabled')
    .map(({ declared }) => declared.release.name);
  expect(kept).toEqual(
    expect.arrayContaining(['kube-proxy', 'coredns', 'registry', 'gitea', 'vault', 'flux']),
  );
  expect(kept).not.toContain('ci');
});
