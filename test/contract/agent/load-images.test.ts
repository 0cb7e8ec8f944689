import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Operations } from '../../../installer/agent/operations.ts';
import type { SeedImage } from '../../../installer/agent/protocol.ts';
import { SeedStore } from '../../../installer/agent/seed-store.ts';
import type { OpenBundle } from '../../../installer/bundle/bundle.ts';
import { localHost } from '../../../installer/hosts/transport/local.ts';
import { imagePlan } from '../../../installer/seed/image-plan.ts';
import { missingImages } from '../../../installer/seed/missing-images.ts';
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

/** What the installer sees of it, by first names. */
async function missing(): Promise<readonly (string | undefined)[] | undefined> {
  const found = await missingImages(containerd.host, images, containerd.socket);
  return found?.map((image) => image.references[0]);
}

const references = (): string[] => images.flatMap((image) => image.references).toSorted();

describe('loading', () => {
  test('makes every image complete under digest and tag, pinned, without copying a byte', async () => {
    const { store, operations } = await seeded();
    const [etcdLayer] = images.find((image) => image.layers.length === 2)?.layers ?? [];
    const before = await stat(store.blobPath(etcdLayer?.digest ?? 'sha256:'));
    expect(await missing()).toEqual(images.map((image) => image.references[0]));
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
    expect(await missing()).toEqual([]);
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
    expect(await missing()).toEqual([name]);
    await operations.do('load', { images });
    expect(await missing()).toEqual([]);
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

describe('what the installer sees', () => {
  test('a name that stands for another image is not the image', async () => {
    const { operations } = await seeded();
    await operations.do('load', { images });
    const [first, second] = images.map((image) => image.references[1] ?? '');
    await containerd.ctr('images', 'tag', '--force', first ?? '', second ?? '');
    await containerd.ctr(
      'images',
      'label',
      second ?? '',
      'io.cri-containerd.pinned=pinned',
      'io.cri-containerd.image=managed',
    );
    expect(await missing()).toEqual([images[1]?.references[0]]);
  });

  test.each([
    ['has no layer', (image: SeedImage) => ['rm', image.layers[0]?.digest ?? '']],
    [
      'no longer refers to its layer',
      (image: SeedImage) => ['label', image.manifest.digest, 'containerd.io/gc.ref.content.l.0='],
    ],
  ])('an image that %s is missing', async (_what, command) => {
    const { operations } = await seeded();
    await operations.do('load', { images });
    const etcd = images[1] as SeedImage;
    await containerd.ctr('content', ...command(etcd));
    expect(await missing()).toEqual([etcd.references[0]]);
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)('nothing where containerd ended by %s', async (signal) => {
    await containerd.down(signal);
    expect(await missing()).toBeUndefined();
  });

  test('nothing where it never was, or its tool is not', async () => {
    expect(await missingImages(containerd.host, images, join(directory, 'none'))).toBeUndefined();
    expect(await missingImages(localHost('bare'), images, containerd.socket)).toBeUndefined();
  });
});

test('without containerd the error says so', async () => {
  const { operations } = await seeded();
  await containerd.down();
  await expect(operations.do('load', { images })).rejects.toMatchObject({ code: 'E_CONTAINERD' });
});
