import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { tellBytes } from '../../base/byte-progress.ts';
import { type Digest, hexOf } from '../../base/digest.ts';
import type { Events } from '../../base/events.ts';
import { readFileIfThere, writeFileAtomic } from '../../base/files.ts';
import { type BlobChunks, blobChunkBytes, chunkHash } from '../blob-chunks.ts';
import { chunkRanges, hashRanges } from '../verify/hash-ranges.ts';
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
  const tell = tellBytes(events, ['bundle', 'chunks']);
  let before = 0;
  for (const blob of unknown) {
    const onProgress = (bytes: number): void => tell(before + bytes, total);
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
  const extents = [{ fd: file.fd, offset: 0, sizeBytes }];
  const chunks = chunkRanges(extents, sizeBytes, blobChunkBytes);
  const ranges = [{ extents, sizeBytes, paddingBytes: 0 }, ...chunks];
  // Hashes of a blob that rotted would be kept, and told of for ever.
  const [whole, ...parts] = await hashRanges(ranges, { onProgress, signal });
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
