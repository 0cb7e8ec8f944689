import { mkdtemp, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Operations } from '../../../installer/agent/operations.ts';
import { contentStoreDirectory } from '../../../installer/agent/paths.ts';
import type { SeedImage } from '../../../installer/agent/protocol.ts';
import { SeedStore } from '../../../installer/agent/seed-store.ts';
import { waitFor } from '../../../installer/base/condition.ts';
import { digestOf, hexOf } from '../../../installer/base/digest.ts';
import { imagePlan } from '../../../installer/seed/image-plan.ts';
import { type MadeArtifact, madeBundle } from '../../fixtures/made-bundle.ts';
import { RealContainerd } from '../../support/real-containerd.ts';

/** The large layer comes second: something is committed when containerd goes, and much is on its way for a while. */
const largeBytes = 96e6;
const artifacts: readonly MadeArtifact[] = [
  { name: 'pause', layers: [{ bytes: 50_000, salt: 'pause' }] },
  {
    name: 'etcd',
    layers: [
      { bytes: 1e6, salt: 'base' },
      { bytes: largeBytes, salt: 'etcd' },
    ],
  },
  {
    name: 'gitea',
    layers: [
      { bytes: 1e6, salt: 'base' },
      { bytes: 8e6, salt: 'gitea' },
    ],
  },
];
let directory = '';
let containerd: RealContainerd;
let images: readonly SeedImage[] = [];
let store: SeedStore;
let operations: Operations;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'containerd-restart-'));
  containerd = await RealContainerd.start(directory);
  // The files of this bundle are the seed store's own. Its containerd is elsewhere, so that every byte has to be sent.
  const bundle = madeBundle(artifacts, join(directory, 'seed', 'blobs', 'sha256'));
  images = await imagePlan(bundle, 'registry.contract.internal:30500');
  store = new SeedStore({
    seedDirectory: join(directory, 'seed'),
    containerdRoot: join(directory, 'elsewhere'),
  });
  operations = new Operations(store, containerd.socket, () => {});
});
afterEach(async () => {
  await containerd.down('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

const references = (): string[] => images.flatMap((image) => image.references).toSorted();
const large = (): SeedImage['config'] => {
  const layer = images.flatMap(({ layers }) => layers).find(({ sizeBytes }) => sizeBytes === largeBytes);
  if (layer === undefined) throw new Error('no image has the large layer');
  return layer;
};
const committedDirectory = (): string => contentStoreDirectory(containerd.root);

/** Bytes of the writes that containerd has begun and not committed. */
async function bytesOnTheirWay(): Promise<number> {
  const ingests = join(containerd.root, 'io.containerd.content.v1.content', 'ingest');
  const names = await readdir(ingests).catch(() => []);
  const sizes = await Promise.all(
    names.map(async (name) => (await stat(join(ingests, name, 'data')).catch(() => undefined))?.size ?? 0),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function committed(): Promise<readonly { name: string; digest: string }[]> {
  const names = await readdir(committedDirectory());
  return Promise.all(
    names.map(async (name) => ({
      name,
      digest: hexOf(digestOf(await readFile(join(committedDirectory(), name)))),
    })),
  );
}

async function pinnedImages(): Promise<readonly string[]> {
  const filter = 'labels."io.cri-containerd.pinned"==pinned';
  const { stdout } = await containerd.ctr('images', 'ls', '-q', filter);
  return stdout.split('\n').toSorted();
}

/** Runs until the large layer is half-way into containerd, which is then ended and started again on the same root. */
async function restartMidWrite(signal: 'SIGKILL' | 'SIGTERM'): Promise<{ error: unknown; arrived: number }> {
  const loading = operations.do('load', { images }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  await waitFor({
    description: 'the large layer is on its way',
    timeoutMs: 60_000,
    intervalMs: 2,
    probe: async () => ((await bytesOnTheirWay()) > largeBytes / 8 ? true : undefined),
  });
  await containerd.down(signal);
  const arrived = await bytesOnTheirWay();
  await containerd.up();
  return { error: await loading, arrived };
}

describe.each(['SIGKILL', 'SIGTERM'] as const)('containerd restarted mid-write by %s', (signal) => {
  test('costs an error that says what broke off, and no wrong byte; the next run completes every image', async () => {
    const { error, arrived } = await restartMidWrite(signal);
    expect(arrived, 'it was cut in the middle').toBeGreaterThan(0);
    expect(arrived, 'it was cut in the middle').toBeLessThan(largeBytes);
    expect(error).toMatchObject({
      code: 'E_CONTAINERD',
      message: expect.stringContaining(`containerd refused to store ${large().digest}: `),
      hint: expect.stringContaining('run the same command again'),
      retryable: true,
    });
    const before = await committed();
    expect(before.length).toBeGreaterThan(2);
    expect(before.map(({ name }) => name)).not.toContain(hexOf(large().digest));
    for (const { name, digest } of before) expect(digest).toBe(name);

    await operations.do('load', { images });
    expect((await containerd.completeImages()).toSorted()).toEqual(references());
    expect(await pinnedImages()).toEqual(references());
    expect(await bytesOnTheirWay()).toBe(0);
    const after = await committed();
    expect(after.map(({ name }) => name)).toContain(hexOf(large().digest));
    for (const { name, digest } of after) expect(digest).toBe(name);
  });

  test('sends nothing again of what had arrived', async () => {
    const { arrived } = await restartMidWrite(signal);
    // Whoever began anew would now send these zeros, which containerd would refuse.
    const file = await open(store.blobPath(large().digest), 'r+');
    await file.write(Buffer.alloc(arrived), 0, arrived, 0);
    await file.close();
    await operations.do('load', { images });
    expect((await containerd.completeImages()).toSorted()).toEqual(references());
    const content = await readFile(join(committedDirectory(), hexOf(large().digest)));
    expect(digestOf(content)).toBe(large().digest);
  });
});
