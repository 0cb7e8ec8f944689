import { hexOf } from '../../base/digest.ts';
import { type BlobChunks, chunkHash } from '../blob-chunks.ts';
import { sliceExtents } from '../media/extent.ts';
import { runs } from './byte-ranges.ts';
import { hashRanges } from './hash-ranges.ts';
import type { LayoutFile } from './scan-layout.ts';

/**
 * Reads a blob that is not what its digest says once more, chunk by chunk, and says which bytes of the bundle are wrong:
 * `bytes 1 to 2, 5 to 6`. Undefined where the index says nothing of its chunks, or the medium gives other bytes each time.
 */
export async function damagedRanges(
  { offset, sizeBytes, extents }: LayoutFile,
  chunkBytes: number,
  hashes: NonNullable<ReturnType<BlobChunks['hashes']['get']>>,
  options: Parameters<typeof hashRanges>[1],
): Promise<string | undefined> {
  const sizes = hashes.map((_, index) => Math.min(chunkBytes, sizeBytes - index * chunkBytes));
  if (sizes.some((size) => size <= 0)) return undefined;
  const found = await hashRanges(
    sizes.map((size, index) => ({
      extents: sliceExtents(extents, index * chunkBytes, size),
      sizeBytes: size,
      paddingBytes: 0,
    })),
    options,
  );
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
