import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LoadResult, SeedImage } from '../../../installer/agent/protocol.ts';
import { SeedStore } from '../../../installer/agent/seed-store.ts';
import { imagePlan } from '../../../installer/seed/image-plan.ts';
import type { SeedNode } from '../../../installer/seed/seed-request.ts';
import { type MadeArtifact, madeBundle, noise } from '../../fixtures/made-bundle.ts';
import { tarLayer } from '../../fixtures/tar-layer.ts';
import { RealContainerd } from '../../support/real-containerd.ts';
import { Seeding } from './seeding.ts';

/** A file for a playbook, and images that share a layer. */
const layerOf = (name: string, bytes: number) => tarLayer({ [name]: noise(bytes, name) });
const base = await layerOf('base', 1e6);
const artifacts: readonly MadeArtifact[] = [
  { name: 'node-things', kind: 'files', layers: [{ bytes: 3e6, salt: 'things' }] },
  { name: 'pause', layers: [await layerOf('pause', 1e5)] },
  { name: 'etcd', layers: [base, await layerOf('etcd', 5e6)] },
  { name: 'gitea', layers: [base, await layerOf('gitea', 5e6)] },
  { name: 'vault', layers: [base, await layerOf('vault', 5e6)] },
];
/** Every layer once. */
const layers = 5;
const bundle = madeBundle(artifacts);
const slow = 6e6;
let seeding: Seeding;
let images: readonly SeedImage[] = [];
let runtimes: ReadonlyMap<string, RealContainerd> = new Map();

beforeEach(async () => {
  seeding = await Seeding.create(bundle, 2);
  const planned = await imagePlan(bundle, 'registry.contract.internal:30500');
  images = planned.map((image) => ({ ...image, unpack: true }));
  const started = seeding.names.map(
    async (name) => [name, await RealContainerd.start(join(seeding.directory, name))] as const,
  );
  runtimes = new Map(await Promise.all(started));
});
afterEach(async () => {
  for (const runtime of runtimes.values()) await runtime.down('SIGKILL');
  await seeding.remove();
});

const runtimeOf = (name: string): RealContainerd => runtimes.get(name) as RealContainerd;
const nodes = (): readonly SeedNode[] => seeding.names.map((name) => ({ ...seeding.node(name), images }));
const references = (): readonly string[] => images.flatMap((image) => image.references).toSorted();
const complete = async (name: string): Promise<readonly string[]> =>
  (await runtimeOf(name).completeImages()).toSorted();

function storeOf(name: string): SeedStore {
  const folder = join(seeding.directory, name);
  return new SeedStore({
    seedDirectory: join(folder, 'seed'),
    containerdRoot: join(folder, 'containerd'),
  });
}

test('an image is in containerd while later ones are still coming, and all are unpacked when the seeding ends', async () => {
  const loaded = new Map<string, LoadResult>();
  const told: string[] = [];
  const seen: Promise<{ verified: number; images: number }>[] = [];
  const report = await seeding.run({
    nodes: nodes(),
    maxBytesPerSecond: slow,
    onEvent: (node, event) => {
      if (event.event === 'note') told.push(event.text);
      if (node !== 'n1' || event.event !== 'progress' || event.verifiedBytes >= seeding.totalBytes) return;
      const verified = event.verifiedBytes;
      seen.push(complete('n1').then((names) => ({ verified, images: names.length })));
    },
    onLoaded: (node, result) => loaded.set(node, result),
  });
  expect(Math.max(...(await Promise.all(seen)).map((one) => one.images))).toBeGreaterThan(0);
  expect(report.sourceSentBytes).toBe(seeding.totalBytes);
  expect(told).toEqual([]);
  for (const name of seeding.names) {
    expect(await complete(name)).toEqual(references());
    expect(loaded.get(name)).toMatchObject({ streamed: 0, unpacked: images.length });
    const { stdout } = await runtimeOf(name).ctr('snapshots', 'ls');
    expect(stdout.match(/ Committed/g)).toHaveLength(layers);
    expect((await runtimeOf(name).ctr('leases', 'ls', '-q')).stdout.trim()).toBe('');
  }
});

test('what a playbook is to unpack stays in the seed store; what containerd has is no longer kept there', async () => {
  await seeding.run({ nodes: nodes() });
  const kept = seeding.blobs.filter(({ keep }) => keep);
  expect(kept.length).toBeGreaterThan(0);
  for (const name of seeding.names) {
    const store = storeOf(name);
    for (const { digest, sizeBytes } of kept) expect(await store.find(digest, sizeBytes, true)).toBeDefined();
    expect(await readdir(join(seeding.directory, name, 'seed', 'blobs', 'sha256'))).toHaveLength(kept.length);
    for (const { digest, sizeBytes } of seeding.blobs)
      expect((await stat((await store.find(digest, sizeBytes)) ?? '')).size).toBe(sizeBytes);
  }
});

test('a node that lacks a name only gets it, and no byte moves', async () => {
  await seeding.run({ nodes: nodes() });
  for (const {
    references: [, tag],
  } of images)
    await runtimeOf('n2').ctr('images', 'rm', tag ?? '');
  const report = await seeding.run({ nodes: nodes().slice(1) });
  expect(report.sourceSentBytes).toBe(0);
  expect(await complete('n2')).toEqual(references());
});

test('a node whose containerd goes away is named, has every blob, and holds up nobody', async () => {
  let struck: Promise<void> | undefined;
  const running = seeding.run({
    nodes: nodes(),
    maxBytesPerSecond: slow,
    onEvent: (node, event) => {
      if (node !== 'n1' || event.event !== 'progress') return;
      if (event.verifiedBytes > 0.35 * seeding.totalBytes) struck ??= runtimeOf('n1').down('SIGKILL');
    },
  });
  await expect(running).rejects.toMatchObject({
    code: 'E_CONTAINERD',
    message: expect.stringContaining('n1'),
    retryable: true,
  });
  await struck;
  for (const { digest, sizeBytes } of seeding.blobs)
    expect(await storeOf('n1').find(digest, sizeBytes)).toBeDefined();
  expect(await complete('n2')).toEqual(references());
  await runtimeOf('n1').up();
  expect((await seeding.run({ nodes: nodes() })).sourceSentBytes).toBe(0);
  expect(await complete('n1')).toEqual(references());
});
