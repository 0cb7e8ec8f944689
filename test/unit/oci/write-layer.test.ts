import { mkdtempDisposable, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../installer/base/digest.ts';
import { BlobStore } from '../../../installer/oci/blob-store.ts';
import { writeGzipLayer, writeZstdLayer } from '../../../installer/oci/write-layer.ts';
import { noise } from '../../fixtures/made-bundle.ts';

/** Half noise, half something that compresses. */
const content = Buffer.concat([noise(3_000_000, 'layer'), Buffer.alloc(3_000_000, 'perimeter ')]);

function inPieces(bytes: number): Readable {
  const pieces: Buffer[] = [];
  for (let at = 0; at < content.length; at += bytes) pieces.push(content.subarray(at, at + bytes));
  return Readable.from(pieces, { objectMode: false });
}

describe('writing layers', () => {
  it('gives the same blob however the bytes arrive', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'layer-'));
    const store = new BlobStore(folder.path);
    const layers = [];
    for (const size of [1 << 20, 65_536, 77_777]) layers.push(await writeZstdLayer(store, inPieces(size)));
    expect(new Set(layers.map((layer) => layer.descriptor.digest)).size).toBe(1);
  });

  it('stores what decompresses to the tar that was given', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'layer-'));
    const store = new BlobStore(folder.path);
    const zstd = await writeZstdLayer(store, inPieces(100_000));
    const gzip = await writeGzipLayer(store, inPieces(100_000));
    const [zstdBlob, gzipBlob] = [
      await store.read(zstd.descriptor.digest),
      await store.read(gzip.descriptor.digest),
    ];
    expect(zstdDecompressSync(zstdBlob).equals(content)).toBe(true);
    expect(gunzipSync(gzipBlob).equals(content)).toBe(true);
    expect(zstd.diffId).toBe(digestOf(content));
    expect(gzip.diffId).toBe(zstd.diffId);
    expect(zstd.descriptor.size).toBe(zstdBlob.length);
    expect(zstd.descriptor.digest).toBe(digestOf(zstdBlob));
  });

  it('leaves nothing behind when the tar breaks off', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'layer-'));
    const store = new BlobStore(folder.path);
    const broken = Readable.from(
      (async function* () {
        yield content.subarray(0, 1000);
        throw new Error('the disk is gone');
      })(),
    );
    await expect(writeZstdLayer(store, broken)).rejects.toThrow('the disk is gone');
    expect(await readdir(join(folder.path, 'blobs', 'sha256'))).toEqual([]);
  });
});
