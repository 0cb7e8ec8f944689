import { expect, test } from 'vitest';
import { hexOf } from '../../../installer/base/digest.ts';
import { bootImagesOf } from '../../../installer/seed/boot-images.ts';
import { missingBlobs } from '../../../installer/seed/held-blobs.ts';
import { imagePlan, siteImages } from '../../../installer/seed/image-plan.ts';
import { seedBlobs, seededArtifacts } from '../../../installer/seed/seed-plan.ts';
import type { Site } from '../../../installer/site/site.ts';
import { madeBundle } from '../../fixtures/made-bundle.ts';
import { sampleSite } from '../../support/sample-site.ts';

const layer = (salt: string): { bytes: number; salt: string } => ({ bytes: 100, salt });
const bundle = madeBundle([
  { name: 'gitea', sets: ['git'], layers: [layer('toolbox'), layer('gitea')] },
  { name: 'vault', sets: ['secrets'], layers: [layer('toolbox'), layer('vault')] },
  { name: 'registry', sets: ['registry'], layers: [layer('registry')] },
  { name: 'coredns', layers: [layer('coredns')] },
  { name: 'etcd', layers: [layer('etcd')] },
  { name: 'pause', layers: [layer('pause')] },
  { name: 'node-kubernetes', kind: 'files', layers: [layer('kubelet')] },
  { name: 'node-debs', kind: 'debs', layers: [layer('deb')] },
  { name: 'node-runtime', kind: 'files', layers: [layer('node')] },
  { name: 'helm', kind: 'files', layers: [layer('helm')] },
  { name: 'chart-coredns', kind: 'chart', layers: [layer('chart')] },
]);

test('nodes get images and what is for nodes, in the order of a starting cluster', () => {
  expect(seededArtifacts(bundle).map(({ name }) => name)).toEqual([
    'node-debs',
    'node-kubernetes',
    'pause',
    'etcd',
    'coredns',
    'registry',
    'gitea',
    'vault',
  ]);
});

test('what a profile wants ahead belongs to the boot set; what the bundle has not is told', async () => {
  const site = sampleSite();
  const wanting = (bootImages: readonly string[]): Site => ({
    ...site,
    nodes: site.nodes.map((node, index) =>
      index === 1 ? { ...node, profile: { ...node.profile, bootImages } } : node,
    ),
  });
  const more = bootImagesOf(wanting(['vault']), bundle);
  expect(seededArtifacts(bundle, more).map(({ name }) => name)).toEqual([
    'node-debs',
    'node-kubernetes',
    'pause',
    'etcd',
    'coredns',
    'registry',
    'vault',
    'gitea',
  ]);
  const own = new Set((await bundle.blobs(bundle.artifact('vault'))).map(({ digest }) => digest));
  const blobs = await seedBlobs(bundle, more);
  expect(blobs.filter(({ digest }) => own.has(digest)).map(({ group }) => group)).toEqual([0, 0, 0, 0]);
  const named = async (part: 'boot' | 'rest') =>
    (await siteImages({ bundle, site: wanting(['vault']) }, part)).map(({ references }) => references[0]);
  expect(await named('boot')).toContainEqual(expect.stringContaining('/platform/vault@'));
  expect(await named('rest')).toEqual([expect.stringContaining('/platform/gitea@')]);
  expect(() => bootImagesOf(wanting(['valt']), bundle)).toThrow(
    'The profile compact names the boot image "valt", which the bundle has not, did you mean "vault"?',
  );
  expect(() => bootImagesOf(wanting(['helm']), bundle)).toThrow('"helm", which the bundle has not');
});

test('a shared layer is sent once; files and packages stay in the seed store; the boot set is the first group', async () => {
  const blobs = await seedBlobs(bundle);
  expect(new Set(blobs.map(({ digest }) => digest)).size).toBe(blobs.length);
  expect(blobs.length).toBe(8 * 3 + 1);
  expect(blobs.filter(({ keep }) => keep).length).toBe(6);
  const groups = blobs.map(({ group }) => group);
  expect(groups).toEqual(groups.toSorted());
  expect(groups.filter((group) => group === 0).length).toBe(6 * 3);
});

test('what containerd holds is not missing, except where a playbook needs it in the seed store', async () => {
  const blobs = await seedBlobs(bundle);
  const all = new Map(blobs.map(({ digest, sizeBytes }) => [hexOf(digest), sizeBytes]));
  expect(missingBlobs(blobs, { seeded: new Map(), loaded: new Map() })).toEqual(blobs);
  expect(missingBlobs(blobs, { seeded: all, loaded: new Map() })).toEqual([]);
  expect(missingBlobs(blobs, { seeded: new Map(), loaded: all })).toEqual(blobs.filter(({ keep }) => keep));
  const short = new Map([...all].map(([name, size]) => [name, size - 1]));
  expect(missingBlobs(blobs, { seeded: short, loaded: short })).toEqual(blobs);
});

test('an image is known by its digest and by its tag at the registry of the site', async () => {
  const [pause] = await imagePlan(bundle, 'registry.try.perimeter.internal:30500');
  const { digest } = bundle.artifact('pause');
  expect(pause?.references).toEqual([
    `registry.try.perimeter.internal:30500/platform/pause@${digest}`,
    'registry.try.perimeter.internal:30500/platform/pause:v1',
  ]);
  expect(pause?.manifest.digest).toBe(digest);
  expect(pause?.layers.length).toBe(1);
});

test('unpacked ahead is what the containers of a starting cluster are made of, and what a profile asks for', async () => {
  const unpacked = async (bootImages?: ReadonlySet<string>): Promise<readonly string[]> => {
    const images = await imagePlan(bundle, 'registry.try.perimeter.internal:30500', undefined, bootImages);
    return images
      .filter(({ unpack }) => unpack)
      .map(({ references }) => /platform\/([^@]+)@/.exec(references[0] ?? '')?.[1] ?? '');
  };
  const usual = await unpacked();
  expect(usual).toContain('pause');
  expect(usual).not.toContain('gitea');
  expect(await unpacked(new Set(['gitea']))).toEqual([...usual, 'gitea']);
});
