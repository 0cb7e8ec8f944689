import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Digest } from '../../../installer/base/digest.ts';
import { type MadeArtifact, noise } from '../../fixtures/made-bundle.ts';
import { tarLayer } from '../../fixtures/tar-layer.ts';
import { committed, ids, RuntimeUnderTest } from './runtime-under-test.ts';

/** Judged by the real containerd, its overlayfs and its own tool ctr. */
const pause = await tarLayer({ pause: 'pause' });
const base = await tarLayer({ 'etc/name': 'base', 'etc/gone': 'not for long', 'old/a': 'a', 'old/b': 'b' });
const etcd = await tarLayer({ 'bin/etcd': 'etcd', 'etc/name': 'etcd', 'etc/.wh.gone': '' }, 'zstd');
const data = await tarLayer({ 'old/.wh..wh..opq': '', 'old/c': 'c' }, 'tar');
const gitea = await tarLayer({ 'bin/gitea': 'gitea' });
const artifacts: readonly MadeArtifact[] = [
  { name: 'pause', layers: [pause] },
  { name: 'etcd', layers: [base, etcd, data] },
  { name: 'gitea', layers: [base, gitea] },
];
const all = committed(...ids(pause), ...ids(base, etcd, data), ...ids(base, gitea));

let runtime: RuntimeUnderTest;

beforeEach(async () => {
  runtime = await RuntimeUnderTest.start();
});
afterEach(() => runtime.remove());

describe('what is loaded with unpacking', () => {
  test('stands unpacked layer on layer, shared ones once, and the garbage collector keeps it', async () => {
    const { load, images } = await runtime.received(artifacts);
    expect(await load()).toMatchObject({ unpacked: 3, adopted: 11, streamed: 0 });
    expect(await runtime.snapshots()).toEqual(all);
    await runtime.collectGarbage();
    expect(await runtime.snapshots()).toEqual(all);
    expect(runtime.notes).toEqual([]);
    const names = images.flatMap(({ references }) => references).toSorted();
    expect((await runtime.containerd.completeImages()).toSorted()).toEqual(names);
    expect((await runtime.containerd.ctr('leases', 'ls', '-q')).stdout.trim()).toBe('');
  });

  test('has the files that a container is to see, without those that an upper layer takes away', async () => {
    await (await runtime.received(artifacts)).load();
    expect(await runtime.filesOf(ids(base, etcd, data).at(-1) as Digest)).toEqual({
      'bin/etcd': 'etcd',
      'etc/name': 'etcd',
      'old/c': 'c',
    });
    expect(await runtime.filesOf(ids(base, gitea).at(-1) as Digest)).toEqual({
      'bin/gitea': 'gitea',
      'etc/name': 'base',
      'etc/gone': 'not for long',
      'old/a': 'a',
      'old/b': 'b',
    });
  });

  test('is what containerd itself would have made: it finds nothing left to unpack', async () => {
    const { load, images } = await runtime.received(artifacts);
    await load();
    const before = await runtime.folders();
    for (const { manifest } of images)
      expect((await runtime.containerd.ctr('snapshots', 'unpack', manifest.digest)).exitCode).toBe(0);
    expect(await runtime.folders()).toEqual(before);
  });

  test('is unpacked once where two images at a time want the same layer', async () => {
    const large = await tarLayer({ large: noise(60e6, 'large') }, 'tar');
    const { load } = await runtime.received([
      { name: 'etcd', layers: [large, etcd] },
      { name: 'gitea', layers: [large, gitea] },
    ]);
    expect(await load()).toMatchObject({ unpacked: 2 });
    expect(await runtime.snapshots()).toEqual(committed(...ids(large, etcd), ...ids(large, gitea)));
    expect((await runtime.folders()).map(([name]) => name)).toEqual(['1', '2', '3']);
  });

  test('goes with its image', async () => {
    const { load, images } = await runtime.received(artifacts);
    await load();
    const [, , last] = images;
    for (const name of last?.references ?? []) await runtime.containerd.ctr('images', 'rm', '--sync', name);
    const left = committed(...ids(pause), ...ids(base, etcd, data));
    expect(await runtime.snapshots()).toEqual(left);
  });

  test('is left as it is by a second run', async () => {
    const { load } = await runtime.received(artifacts);
    await load();
    const before = await runtime.folders();
    expect(await load()).toMatchObject({ unpacked: 3, adopted: 0 });
    expect(await runtime.folders()).toEqual(before);
    expect(await runtime.snapshots()).toEqual(all);
  });

  test('takes over what containerd had unpacked before', async () => {
    const { load, images } = await runtime.received(artifacts);
    const left = images.map((image) => ({ ...image, unpack: false }));
    expect(await load({ images: left })).toMatchObject({ unpacked: 0 });
    expect(await runtime.snapshots()).toEqual([]);
    const second = images.find(({ references }) => references.some((name) => name.includes('gitea')));
    await runtime.containerd.ctr('snapshots', 'unpack', second?.manifest.digest ?? '');
    expect(await load()).toMatchObject({ unpacked: 3 });
    await runtime.collectGarbage();
    expect(await runtime.snapshots()).toEqual(all);
  });
});

test('another snapshotter of containerd serves as well', async () => {
  const { load } = await runtime.received(artifacts);
  expect(await load({ snapshotter: 'native' })).toMatchObject({ unpacked: 3 });
  await runtime.collectGarbage();
  expect(
    (await runtime.containerd.ctr('snapshots', '--snapshotter', 'native', 'ls')).stdout.trim().split('\n'),
  ).toHaveLength(all.length + 1);
});
