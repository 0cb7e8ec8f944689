import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SeedImage } from '../../../installer/agent/protocol.ts';
import { waitFor } from '../../../installer/base/condition.ts';
import { type Digest, digestOf } from '../../../installer/base/digest.ts';
import { type MadeArtifact, noise } from '../../fixtures/made-bundle.ts';
import { tarLayer } from '../../fixtures/tar-layer.ts';
import { RealContainerd } from '../../support/real-containerd.ts';
import { tinyDisk } from '../../support/tiny-disk.ts';
import { committed, ids, RuntimeUnderTest } from './runtime-under-test.ts';

/** Judged by the real containerd, its overlayfs and its own tool ctr. */
const base = await tarLayer({ 'etc/name': 'base' });
const etcd = await tarLayer({ 'bin/etcd': 'etcd' }, 'zstd');
const gitea = await tarLayer({ 'bin/gitea': 'gitea' });

let runtime: RuntimeUnderTest;

beforeEach(async () => {
  runtime = await RuntimeUnderTest.start();
});
afterEach(() => runtime.remove());

describe('what cannot be unpacked is left to its first use, and said', () => {
  const wrong = { ...gitea, diffId: digestOf('something else') };

  test('a layer that is not what the configuration says', async () => {
    const { load } = await runtime.received([
      { name: 'pause', layers: [base, wrong] },
      { name: 'etcd', layers: [base, etcd] },
    ]);
    expect(await load()).toMatchObject({ unpacked: 1 });
    expect(runtime.notes).toEqual([
      expect.stringMatching(
        /\/pause:v1 is not unpacked ahead but at first use: layer sha256:.* unpacks to sha256:/,
      ),
    ]);
    expect(await runtime.snapshots()).toEqual(committed(...ids(base, etcd)));
    expect(await runtime.containerd.completeImages()).toHaveLength(4);
  });

  test('a layer that was begun: it takes no room while others still come', async () => {
    const { load, images } = await runtime.received([
      { name: 'pause', layers: [base, wrong] },
      { name: 'etcd', layers: [base, etcd] },
    ]);
    const comes = Promise.withResolvers<void>();
    const whole = async (image: SeedImage): Promise<void> => {
      if (image === images[1]) await comes.promise;
    };
    const loading = load({ arriving: { whole, keeps: () => false } });
    const described = { description: 'it is said', timeoutMs: 10_000, intervalMs: 5 };
    await waitFor({ ...described, probe: async () => runtime.notes.length > 0 || undefined });
    expect(await runtime.snapshots()).toEqual(committed(...ids(base)));
    comes.resolve();
    expect(await loading).toMatchObject({ unpacked: 1 });
  });

  test.each([
    ['is no archive', { ...gitea, content: Buffer.from('not an archive') }],
    ['ends too early', { ...gitea, content: gitea.content.subarray(0, gitea.content.length - 20) }],
  ])('a layer that %s', async (_what, layer) => {
    const { load } = await runtime.received([
      { name: 'pause', layers: [layer] },
      { name: 'etcd', layers: [base, etcd] },
    ]);
    expect(await load()).toMatchObject({ unpacked: 1 });
    expect(runtime.notes).toEqual([
      expect.stringContaining('/pause:v1 is not unpacked ahead but at first use: '),
    ]);
    expect(await runtime.snapshots()).toEqual(committed(...ids(base, etcd)));
  });

  test('an image whose configuration knows of other layers', async () => {
    const { load } = await runtime.received([
      { name: 'pause', layers: [base, { bytes: 1000, salt: 'noise' }] },
    ]);
    expect(await load()).toMatchObject({ unpacked: 0 });
    expect(runtime.notes).toEqual([
      expect.stringContaining('its configuration names 1 unpacked layers, its manifest 2'),
    ]);
    expect(await runtime.snapshots()).toEqual([]);
  });

  test('everything, where containerd has no such snapshotter: said once', async () => {
    const { load } = await runtime.received([
      { name: 'pause', layers: [base] },
      { name: 'etcd', layers: [base, etcd] },
    ]);
    expect(await load({ snapshotter: 'elsewhere' })).toMatchObject({ unpacked: 0, adopted: 6 });
    expect(runtime.notes).toEqual([
      expect.stringMatching(
        /^images are not unpacked ahead but at first use: .*snapshotter not loaded: elsewhere/,
      ),
    ]);
    expect(await runtime.containerd.completeImages()).toHaveLength(4);
  });
});

describe('unpacking that is broken off', () => {
  /** Takes a second or two. */
  const slow = async (): Promise<MadeArtifact> => ({
    name: 'etcd',
    layers: [base, await tarLayer({ large: noise(400e6, 'large') }, 'tar')],
  });
  const isUnpacking = async (): Promise<true | undefined> =>
    (await runtime.snapshots()).some(([, kind]) => kind === 'Active') || undefined;
  const unpacking = (): Promise<true> =>
    waitFor({
      description: 'a layer is being unpacked',
      timeoutMs: 30_000,
      intervalMs: 5,
      probe: isUnpacking,
    });

  test('by an image that cannot be loaded is not waited for, and leaves nothing half unpacked', async () => {
    const { load, images, store } = await runtime.received([
      await slow(),
      { name: 'gitea', layers: [gitea] },
    ]);
    const lost = images[1]?.layers[0]?.digest as Digest;
    const comes = Promise.withResolvers<void>();
    const whole = async (image: SeedImage): Promise<void> => {
      if (image === images[1]) await comes.promise;
    };
    await store.forget(lost);
    const loading = load({ arriving: { whole, keeps: () => false } });
    await unpacking();
    comes.resolve();
    await expect(loading).rejects.toMatchObject({ code: 'E_SEED', message: expect.stringContaining(lost) });
    expect((await runtime.snapshots()).filter(([, kind]) => kind !== 'Committed')).toEqual([]);
    expect((await runtime.containerd.ctr('leases', 'ls', '-q')).stdout.trim()).toBe('');
    expect(runtime.notes).toEqual([]);
  });

  test('by the end of containerd is said, and the next run unpacks all', async () => {
    const { load } = await runtime.received([await slow()]);
    const loading = load().then(
      () => undefined,
      (error: unknown) => error,
    );
    await unpacking();
    await runtime.containerd.down('SIGKILL');
    expect(await loading).toMatchObject({ code: 'E_CONTAINERD', retryable: true });
    expect(runtime.notes).toEqual([
      expect.stringContaining('and what comes after it are not unpacked ahead'),
    ]);
    await runtime.containerd.up();
    expect(await load()).toMatchObject({ unpacked: 1 });
    expect((await runtime.snapshots()).filter(([, kind]) => kind === 'Committed')).toHaveLength(2);
  });
});

test('a disk that runs full is a failure, told when all is loaded, and nothing half unpacked stays', async () => {
  using disk = tinyDisk(24 << 20);
  const cramped = await RealContainerd.start(disk.path);
  try {
    const zeros = await tarLayer({ zeros: Buffer.alloc(64 << 20) });
    const { load } = await runtime.received(
      [
        { name: 'pause', layers: [base, zeros] },
        { name: 'etcd', layers: [base, etcd] },
      ],
      cramped,
    );
    await expect(load()).rejects.toMatchObject({
      code: 'E_DISK_FULL',
      message: expect.stringMatching(/There is no room to unpack .*\/pause:v1: .*no space left on device/),
    });
    expect(await cramped.completeImages()).toHaveLength(4);
    expect((await cramped.ctr('snapshots', 'ls')).stdout).not.toContain('extract-');
  } finally {
    await cramped.down();
  }
});
