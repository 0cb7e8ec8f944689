import { mkdtempDisposable, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { digestOf } from '../../../installer/base/digest.ts';
import { hashRanges } from '../../../installer/bundle/verify/hash-ranges.ts';
import { noise } from '../../fixtures/made-bundle.ts';

const content = Buffer.concat([noise(3_000_001, 'hash'), Buffer.alloc(511)]);
const sizes = [0, 1, 1 << 20, (1 << 20) + 1, 700_000];

it.each([1, 2, 3])(
  'hashes ranges with %d threads as one would by hand, and counts every byte once',
  async (threads) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'hash-'));
    await using file = await open(join(folder.path, 'file'), 'w+');
    await file.writeFile(content);
    const ranges = sizes.map((sizeBytes, index) => ({ offset: index * 1000, sizeBytes, paddingBytes: 0 }));
    let counted = 0;
    const onProgress = (bytes: number): void => {
      counted = bytes;
    };
    const hashed = await hashRanges(file.fd, ranges, { onProgress, threads });
    expect(hashed.map((one) => one.digest)).toEqual(
      ranges.map(({ offset, sizeBytes }) => digestOf(content.subarray(offset, offset + sizeBytes))),
    );
    expect(counted).toBe(sizes.reduce((sum, size) => sum + size, 0));
  },
);

it('notices padding that is not empty, and a file that ends early', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hash-'));
  await using file = await open(join(folder.path, 'file'), 'w+');
  await file.writeFile(content);
  const ranges = [
    { offset: 0, sizeBytes: 3_000_001, paddingBytes: 511 },
    { offset: 0, sizeBytes: 3_000_000, paddingBytes: 512 },
    { offset: 0, sizeBytes: 3_000_001, paddingBytes: 512 },
  ];
  const hashed = await hashRanges(file.fd, ranges, { onProgress: () => {} });
  expect(hashed.map((one) => one.cleanPadding)).toEqual([true, false, false]);
});

it.each([1, 2])('stops when it is told to, with %d threads', async (threads) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hash-'));
  await using file = await open(join(folder.path, 'file'), 'w+');
  await file.writeFile(content);
  const ranges = Array.from({ length: 5000 }, () => ({ offset: 0, sizeBytes: 3_000_001, paddingBytes: 0 }));
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error('stopped')), 100);
  const hashing = hashRanges(file.fd, ranges, { onProgress: () => {}, signal: stop.signal, threads });
  await expect(hashing).rejects.toThrow('stopped');
});
