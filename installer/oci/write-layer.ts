import { createHash } from 'node:crypto';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip, createZstdCompress } from 'node:zlib';
import type { Digest } from '../base/digest.ts';
import type { BlobStore } from './blob-store.ts';
import type { OciDescriptor } from './manifest.ts';
import { mediaTypes } from './media-types.ts';

export interface WrittenLayer {
  readonly descriptor: OciDescriptor;
  /** Digest of the uncompressed tar, as the image's configuration names it. */
  readonly diffId: Digest;
}

/** Chosen by measurement, see decisions/: one tenth smaller than level 3, and still faster than the compilers before it. */
const zstdLevel = 9;

/** Compresses a tar stream with zstd into the store. One thread only: Node's zstd streams lose data with workers. */
export async function writeZstdLayer(
  store: BlobStore,
  tar: Readable,
  signal?: AbortSignal,
): Promise<WrittenLayer> {
  const compress = createZstdCompress({
    chunkSize: 1 << 20,
    params: { [constants.ZSTD_c_compressionLevel]: zstdLevel, [constants.ZSTD_c_nbWorkers]: 0 },
  });
  return await writeLayer(store, tar, compress, mediaTypes.layerZstd, signal);
}

/** As above with gzip, for the readers that know nothing newer (Helm). */
export async function writeGzipLayer(
  store: BlobStore,
  tar: Readable,
  mediaType: string = mediaTypes.layerGzip,
  signal?: AbortSignal,
): Promise<WrittenLayer> {
  return await writeLayer(store, tar, createGzip({ level: 9 }), mediaType, signal);
}

async function writeLayer(
  store: BlobStore,
  tar: Readable,
  compress: NodeJS.ReadWriteStream,
  mediaType: string,
  signal: AbortSignal | undefined,
): Promise<WrittenLayer> {
  const hash = createHash('sha256');
  const compressed = new PassThrough({ highWaterMark: 1 << 20 });
  const feeding = pipeline(
    tar,
    async function* measure(chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    compress,
    compressed,
    signal === undefined ? {} : { signal },
  );
  // Both are awaited, also when one fails: nothing may still be writing when this returns.
  const [fed, stored] = await Promise.allSettled([feeding, store.putStream(compressed, signal)]);
  if (fed.status === 'rejected') throw fed.reason;
  if (stored.status === 'rejected') throw stored.reason;
  const blob = stored.value;
  return {
    descriptor: { mediaType, digest: blob.digest, size: blob.sizeBytes },
    diffId: `sha256:${hash.digest('hex')}`,
  };
}
