import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Operations } from '../../../installer/agent/operations.ts';
import type { SeedImage } from '../../../installer/agent/protocol.ts';
import { SeedStore } from '../../../installer/agent/seed-store.ts';
import type { OpenBundle } from '../../../installer/bundle/bundle.ts';
import { imagePlan } from '../../../installer/seed/image-plan.ts';
import { seedBlobs } from '../../../installer/seed/seed-plan.ts';
import { madeBundle } from '../../fixtures/made-bundle.ts';
import { RealContainerd } from '../../support/real-containerd.ts';

/** Judged by the real containerd and its own tool ctr. */
const registry = 'registry.contract.internal:30500';
const bundle = madeBundle([
  { name: 'pause', layers: [{ bytes: 50_000, salt: 'pause' }] },
  {
    name: 'etcd',
    layers: [
      { bytes: 5e6, salt: 'etcd' },
      { bytes: 1e6, salt: 'base' },
    ],
  },
  {
    name: 'gitea',
    layers: [
      { bytes: 3e6, salt: 'gitea' },
      { bytes: 1e6, salt: 'base' },
      { bytes: 0, salt: '' },
    ],
  },
]);
/** pause 3, etcd 4, gitea 5, of which the base layer is shared. */
const distinctBlobs = 11;
let images: readonly SeedImage[] = [];
let directory = '';
let containerd: RealContainerd;

beforeAll(async () => {
  images = await imagePlan(bundle, registry);
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'load-images-'));
  containerd = await RealContainerd.start(directory);
});
afterEach(async () => {
  await containerd.down();
  await rm(directory, { recursive: true, force: true });
});

/** A seed store into which everything was received, and an agent that works with it. */
async function seeded(
  options: { readonly containerdRoot?: string; readonly from?: OpenBundle } = {},
): Promise<{ store: SeedStore; operations: Operations }> {
  const containerdRoot = options.containerdRoot ?? containerd.root;
  const store = new SeedStore({ seedDirectory: join(directory, 'seed'), containerdRoot });
  await mkdir(join(directory, 'seed', 'blobs', 'sha256'), { recursive: true });
  for (const { digest } of await seedBlobs(options.from ?? bundle)) {
    const content = await text(bundle.readBlob(digest).setEncoding('latin1'));
    await writeFile(store.blobPath(digest), Buffer.from(content, 'latin1'));
  }
  return { store, operations: new Operations(store, containerd.socket, () => {}) };
}

const references = (): string[] => images.flatMap((image) => image.references).toSorted();

describe('loading', () => {
  test('makes every image complete under digest and tag, pinned, without copying a byte', async () => {
    const { store, operations } = await seeded();
    const [etcdLayer] = images.find((image) => image.layers.length === 2)?.layers ?? [];
    const before = await stat(store.blobPath(etcdLayer?.digest ?? 'sha256:'));
    expect(await operations.do('images', { images })).toEqual({
      missing: images.map((image) => image.references[0]),
    });
    expect(await operations.do('load', { images })).toMatchObject({
      adopted: distinctBlobs,
      streamed: 0,
      present: 1,
    });
    expect((await containerd.completeImages()).toSorted()).toEqual(references());
    const { stdout } = await containerd.ctr(
      'images',
      'ls',
      '-q',
      'labels."io.cri-containerd.pinned"==pinned',
    );
    expect(stdout.split('\n').toSorted()).toEqual(references());
    const after = await stat(store.contentPath(etcdLayer?.digest ?? 'sha256:'));
    expect(after.ino).toBe(before.ino);
    expect(await readdir(join(directory, 'seed', 'blobs', 'sha256'))).toEqual([]);
    expect(await operations.do('images', { images })).toEqual({ missing: [] });
  });

  test('leaves nothing that the garbage collector takes, and no lease behind', async () => {
    const { operations } = await seeded();
    await operations.do('load', { images });
    await containerd.ctr('leases', 'create', '--id', 'nudge');
    await containerd.ctr('leases', 'rm', '--sync', 'nudge');
    await containerd.down();
    await containerd.up();
    expect((await containerd.completeImages()).toSorted()).toEqual(references());
    const { stdout } = await containerd.ctr('leases', 'ls', '-q');
    expect(stdout.trim()).toBe('');
  });

  test('again does nothing', async () => {
    const { operations } = await seeded();
    await operations.do('load', { images });
    expect(await operations.do('load', { images })).toMatchObject({ adopted: 0, streamed: 0 });
    expect((await containerd.completeImages()).toSorted()).toEqual(references());
  });

  test('streams the bytes where a file cannot be handed over, and containerd checks them', async () => {
    const { operations } = await seeded({ containerdRoot: join(directory, 'elsewhere') });
    expect(await operations.do('load', { images })).toMatchObject({
      // The empty layer has no byte to send.
      adopted: 1,
      streamed: distinctBlobs - 1,
    });
    expect((await containerd.completeImages()).toSorted()).toEqual(references());
  });

  test('goes on where a stream broke off', async () => {
    const { store, operations } = await seeded({ containerdRoot: join(directory, 'elsewhere') });
    const etcd = images.filter((image) => image.layers.length === 2);
    const loading = operations.do('load', { images: etcd }).catch((error: unknown) => error);
    await containerd.down('SIGKILL');
    expect(await loading).toMatchObject({ code: 'E_CONTAINERD' });
    await containerd.up();
    expect(
      await store.find(etcd[0]?.manifest.digest ?? 'sha256:', etcd[0]?.manifest.sizeBytes ?? 0),
    ).toBeDefined();
    await operations.do('load', { images });
    expect((await containerd.completeImages()).toSorted()).toEqual(references());
  });
});

describe('an image is loaded anew', () => {
  test.each([
    ['its name is gone', ['images', 'rm', '--sync']],
    ['it is no longer pinned', ['images', 'label', '--replace-all']],
  ])('when %s', async (_what, command) => {
    const { operations } = await seeded();
    await operations.do('load', { images });
    await seeded();
    const name = images[0]?.references[0] ?? '';
    const [verb = '', action = '', ...flags] = command;
    const label = action === 'label' ? ['io.cri-containerd.image=managed'] : [];
    await containerd.ctr(verb, action, ...flags, name, ...label);
    expect(await operations.do('images', { images })).toEqual({ missing: [name] });
    await operations.do('load', { images });
    expect(await operations.do('images', { images })).toEqual({ missing: [] });
  });
});

test('a blob that is nowhere is named', async () => {
  const { store, operations } = await seeded();
  const lost = images[0]?.layers[0];
  if (lost !== undefined) await store.forget(lost.digest);
  await expect(operations.do('load', { images })).rejects.toMatchObject({
    code: 'E_SEED',
    message: expect.stringContaining(lost?.digest ?? ''),
  });
});

test('without containerd the error says so', async () => {
  const { operations } = await seeded();
  await containerd.down();
  await expect(operations.do('load', { images })).rejects.toMatchObject({ code: 'E_CONTAINERD' });
});
