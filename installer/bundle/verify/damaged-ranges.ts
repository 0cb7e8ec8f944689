import { type Digest, hexOf } from '../../base/digest.ts';
import { runs } from '../../base/runs.ts';
import { type BlobChunks, chunkHash } from '../blob-chunks.ts';
import { chunkRanges, hashRanges } from './hash-ranges.ts';
import type { LayoutFile } from './scan-layout.ts';

/**
 * Reads a blob that is not what its digest says once more, chunk by chunk, and says which bytes of the bundle are wrong:
 * `bytes 1 to 2, 5 to 6`. Undefined where the index says nothing of its chunks, or the medium gives other bytes each time.
 */
export async function damagedRanges(
  { offset, sizeBytes, extents }: LayoutFile,
  wanted: Digest,
  { chunkBytes, hashes: known }: BlobChunks,
  options: Parameters<typeof hashRanges>[1],
): Promise<string | undefined> {
  const hashes = known.get(wanted);
  if (hashes === undefined) return undefined;
  // No further than there are hashes: the size of a chunk is the index's word, and may be as damaged as the blob.
  const chunks = chunkRanges(extents, Math.min(sizeBytes, hashes.length * chunkBytes), chunkBytes);
  if (chunks.length < hashes.length) return undefined;
  const found = await hashRanges(chunks, options);
  const bad = hashes.flatMap((hash, index) => {
    const chunk = found[index];
    const isGood = chunk?.unreadable === undefined && chunkHash(hexOf(chunk?.digest ?? 'sha256:')) === hash;
    return isGood ? [] : [index];
  });
  if (bad.length === 0) return undefined;
  const ranges = runs(bad).map(
    ([from, to]) => `${offset + from * chunkBytes} to ${offset + Math.min((to + 1) * chunkBytes, sizeBytes)}`,
  );
  return `bytes ${ranges.join(', ')}`;
}
