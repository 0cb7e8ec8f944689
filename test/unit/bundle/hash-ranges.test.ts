import { mkdtempDisposable, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { digestOf } from '../../../installer/base/digest.ts';
import { hashRanges } from '../../../installer/bundle/verify/hash-ranges.ts';
import { noise } from '../../fixtures/made-bundle.ts';

const content = Buffer.concat([noise(3_000_001, 'hash'), Buffer.alloc(511)]);
const range = (fd: number, offset: number, sizeBytes: number, paddingBytes: number) => ({
  extents: [{ fd, offset, sizeBytes: sizeBytes + paddingBytes }],
  sizeBytes,
  paddingBytes,
});
const sizes = [0, 1, 1 << 20, (1 << 20) + 1, 700_000];

it.each([1, 2, 3])(
  'hashes ranges with %d threads as one would by hand, and counts every byte once',
  async (threads) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'hash-'));
    await using file = await open(join(folder.path, 'file'), 'w+');
    await file.writeFile(content);
    const ranges = sizes.map((sizeBytes, index) => range(file.fd, index * 1000, sizeBytes, 0));
    let counted = 0;
    const onProgress = (bytes: number): void => {
      counted = bytes;
    };
    const hashed = await hashRanges(ranges, { onProgress, threads });
    expect(hashed.map((one) => one.digest)).toEqual(
      sizes.map((bytes, index) => digestOf(content.subarray(index * 1000, index * 1000 + bytes))),
    );
    expect(counted).toBe(sizes.reduce((sum, size) => sum + size, 0));
  },
);

it('notices padding that is not empty, and a file that ends early', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hash-'));
  await using file = await open(join(folder.path, 'file'), 'w+');
  await file.writeFile(content);
  const ranges = [
    range(file.fd, 0, 3_000_001, 511),
    range(file.fd, 0, 3_000_000, 512),
    range(file.fd, 0, 3_000_001, 512),
  ];
  const hashed = await hashRanges(ranges, { onProgress: () => {} });
  expect(hashed.map((one) => one.cleanPadding)).toEqual([true, false, false]);
});

it.each([1, 2])('stops when it is told to, with %d threads', async (threads) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hash-'));
  await using file = await open(join(folder.path, 'file'), 'w+');
  await file.writeFile(content);
  const ranges = Array.from({ length: 5000 }, () => range(file.fd, 0, 3_000_001, 0));
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error('stopped')), 100);
  const hashing = hashRanges(ranges, { onProgress: () => {}, signal: stop.signal, threads });
  await expect(hashing).rejects.toThrow('stopped');
});

it.each([1, 2])(
  'names where a medium cannot be read, and goes on with the rest, with %d threads',
  async (threads) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'hash-'));
    await using file = await open(join(folder.path, 'file'), 'w+');
    await file.writeFile(content);
    // The memory of a process gives an input/output error where nothing is mapped, as a bad sector does.
    await using bad = await open('/proc/self/mem', 'r');
    const across = {
      extents: [
        { fd: file.fd, offset: 0, sizeBytes: 1000 },
        { fd: bad.fd, offset: 0, sizeBytes: 1000 },
      ],
      sizeBytes: 2000,
      paddingBytes: 0,
    };
    const hashed = await hashRanges([across, range(file.fd, 0, 1000, 0)], { onProgress: () => {}, threads });
    expect(hashed[0]?.unreadable).toEqual({ at: 1000, code: 'EIO' });
    expect(hashed[1]).toMatchObject({ digest: digestOf(content.subarray(0, 1000)), cleanPadding: true });
  },
);
