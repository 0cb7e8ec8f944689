import { describe, expect, it } from 'vitest';
import {
  blobHeadersIn,
  digestOfBlobPath,
  entryBytes,
  paddingOf,
  readTarHeader,
  tarBytes,
  tarHeader,
} from '../../../installer/oci/layout-tar.ts';

describe('tar headers of a layout', () => {
  it.each([0, 1, 511, 512, 8 ** 11 - 1, 8 ** 11, 5e12])('read back a size of %d bytes', (sizeBytes) => {
    expect(readTarHeader(tarHeader('index.json', sizeBytes))).toEqual({ name: 'index.json', sizeBytes });
  });

  it('read back the longest name of a layout', () => {
    const name = `blobs/sha256/${'a'.repeat(64)}`;
    expect(readTarHeader(tarHeader(name, 3))?.name).toBe(name);
  });

  it('notice every single flipped byte', () => {
    const good = tarHeader('blobs/sha256/abc', 1234);
    const unnoticed = [...good.keys()].filter((at) => {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0x10;
      return readTarHeader(bad) !== undefined;
    });
    expect(good).toHaveLength(512);
    expect(unnoticed).toEqual([]);
  });

  it('count the bytes up to the next block', () => {
    expect([0, 1, 512, 513].map(paddingOf)).toEqual([0, 511, 0, 511]);
  });

  it('count what a file takes, and a tar of several with its end', () => {
    expect([0, 1, 512, 513].map(entryBytes)).toEqual([512, 1024, 1024, 1536]);
    expect([tarBytes([]), tarBytes([1, 512, 0])]).toEqual([1024, 1024 + 1024 + 1024 + 512]);
  });
});

describe('blobs of a layout', () => {
  const hex = '0123456789abcdef'.repeat(4);

  it('are known by their path, and nothing else is', () => {
    expect(digestOfBlobPath(`blobs/sha256/${hex}`)).toBe(`sha256:${hex}`);
    for (const name of [
      'index.json',
      `blobs/sha256/${hex}0`,
      `blobs/sha256/${hex.toUpperCase()}`,
      `a/${hex}`,
    ])
      expect(digestOfBlobPath(name), name).toBeUndefined();
  });

  it('are found by their headers among other blocks, damaged ones and half a block at the end', () => {
    const name = `blobs/sha256/${hex}`;
    const damaged = tarHeader(name, 7);
    damaged[3] = 0;
    const blocks = [
      tarHeader('index.json', 7),
      Buffer.alloc(512, 'ustar'),
      tarHeader(name, 7),
      damaged,
      tarHeader(name, 8),
      tarHeader(name, 9).subarray(0, 511),
    ];
    const digest = `sha256:${hex}`;
    expect([...blobHeadersIn(Buffer.concat(blocks))]).toEqual([
      { at: 1024, name, digest },
      { at: 2048, name, digest },
    ]);
  });
});
