import { describe, expect, it } from 'vitest';
import { paddingOf, readTarHeader, tarHeader } from '../../../installer/oci/layout-tar.ts';

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
});
