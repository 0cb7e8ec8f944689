import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { layerTar } from '../../../installer/oci/layer.ts';
import { mediaTypes } from '../../../installer/oci/media-types.ts';
import { readLayer, safePath } from '../../../installer/oci/read-layer.ts';
import { noise } from '../../fixtures/made-bundle.ts';

async function tarOf(content: Uint8Array): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of layerTar([{ type: 'file', path: '/file', content }]))
    chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function bytesIn(blob: Buffer, mediaType: string): Promise<number> {
  let bytes = 0;
  for await (const { content } of readLayer(Readable.from([blob]), mediaType))
    for await (const chunk of content) bytes += chunk.length;
  return bytes;
}

describe('a layer', () => {
  it.each([
    ['zstd', mediaTypes.layerZstd, zstdCompressSync],
    ['gzip', mediaTypes.layerGzip, gzipSync],
  ] as const)(
    'that unpacks to far more than any program does is refused before it is unpacked: %s',
    async (_name, type, compress) => {
      const bomb = compress(await tarOf(Buffer.alloc(160 << 20)));
      await expect(bytesIn(bomb, type)).rejects.toMatchObject({
        code: 'E_BUNDLE_DAMAGED',
        message: expect.stringContaining('it was made to fill the disk'),
      });
      // Emptiness alone is no crime, and neither is size.
      expect(await bytesIn(compress(await tarOf(Buffer.alloc(1 << 20))), type)).toBe(1 << 20);
      expect(await bytesIn(compress(await tarOf(noise(3 << 20, 'layer'))), type)).toBe(3 << 20);
    },
  );

  it.each(['../etc/passwd', 'a/../../b', '/etc/passwd', 'a\0b'])('with the path %j is refused', (path) => {
    expect(() => safePath(path, 'artifact x')).toThrow('leads out of its folder');
  });
});
