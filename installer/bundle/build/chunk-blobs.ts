import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, hexOf } from '../../base/digest.ts';
import type { Events } from '../../base/events.ts';
import { readFileIfThere, writeFileAtomic } from '../../base/files.ts';
import { type BlobChunks, blobChunkBytes, chunkHash } from '../blob-chunks.ts';
import type { HashedContent } from '../verify/hash-range.ts';
import { hashRanges } from '../verify/hash-ranges.ts';
import { DamagedBlobError } from '../write-bundle.ts';
import type { ArtifactCache, BuiltArtifact } from './artifact-cache.ts';

type Blob = BuiltArtifact['blobs'][number];

/**
 * Hashes of the chunks of every blob that has more than one, for the index: damage on the way is then told to a few megabytes, not
 * to a whole layer. Each blob is read once in its life for that; raises DamagedBlobError for one that rotted in the cache.
 */
export async function chunkBlobs(
  cache: ArtifactCache,
  blobs: readonly Blob[],
  events: Events,
  signal: AbortSignal | undefined,
): Promise<BlobChunks> {
  const large = blobs.filter(({ sizeBytes }) => sizeBytes > blobChunkBytes);
  const hashes = new Map<Digest, readonly string[]>();
  const unknown: Blob[] = [];
  for (const blob of large) {
    const known = (await readFileIfThere(fileOf(cache, blob.digest)))?.trim().split('.');
    if (known?.length === chunksIn(blob.sizeBytes)) hashes.set(blob.digest, known);
    else unknown.push(blob);
  }
  const total = unknown.reduce((sum, { sizeBytes }) => sum + 2 * sizeBytes, 0);
  let before = 0;
  for (const blob of unknown) {
    const onProgress = (bytes: number): void =>
      events.emit({
        kind: 'progress',
        scope: ['bundle', 'chunks'],
        done: before + bytes,
        total,
        unit: 'bytes',
      });
    const found = await hashChunks(cache, blob, onProgress, signal);
    await writeFileAtomic(fileOf(cache, blob.digest), `${found.join('.')}\n`);
    hashes.set(blob.digest, found);
    before += 2 * blob.sizeBytes;
  }
  return { chunkBytes: blobChunkBytes, hashes };
}

async function hashChunks(
  cache: ArtifactCache,
  { digest, sizeBytes }: Blob,
  onProgress: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const path = cache.store.pathOf(digest);
  if ((await stat(path).catch(() => undefined))?.size !== sizeBytes) throw new DamagedBlobError(digest);
  await using file = await open(path, 'r');
  const range = (offset: number, bytes: number): HashedContent => ({
    extents: [{ fd: file.fd, offset, sizeBytes: bytes }],
    sizeBytes: bytes,
    paddingBytes: 0,
  });
  const offsets = Array.from({ length: chunksIn(sizeBytes) }, (_, index) => index * blobChunkBytes);
  const chunks = offsets.map((offset) => range(offset, Math.min(blobChunkBytes, sizeBytes - offset)));
  // Hashes of a blob that rotted would be kept, and told of for ever.
  const [whole, ...parts] = await hashRanges([range(0, sizeBytes), ...chunks], { onProgress, signal });
  if (whole?.digest !== digest) throw new DamagedBlobError(digest);
  return parts.map((part) => chunkHash(hexOf(part.digest)));
}

function chunksIn(sizeBytes: number): number {
  return Math.ceil(sizeBytes / blobChunkBytes);
}

/** Beside the blobs, and as long as they: `chunks/<hex>`. */
function fileOf(cache: ArtifactCache, digest: Digest): string {
  return join(cache.root, 'chunks', hexOf(digest));
}
