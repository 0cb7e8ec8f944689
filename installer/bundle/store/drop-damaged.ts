import { rm } from 'node:fs/promises';
import { hashRanges } from '../verify/hash-ranges.ts';
import type { ScannedLayout } from '../verify/scan-layout.ts';
import { blobsOf } from './blobs-of.ts';
import type { StoreBlobs } from './store-blobs.ts';
import { storePaths } from './store-paths.ts';

/** Throws away the blobs of a bundle that rotted in the store since they came in, so that they are brought in again. */
export async function dropDamaged(
  store: string,
  layout: ScannedLayout,
  blobs: StoreBlobs,
  signal: AbortSignal | undefined,
): Promise<number> {
  const wanted = blobsOf(layout);
  const stored = wanted.flatMap(({ digest }) => {
    const file = blobs.file(storePaths.blob(store, digest));
    return file === undefined ? [] : [{ digest, file }];
  });
  const hashed = await hashRanges(
    stored.map(({ file }) => file),
    { onProgress: () => {}, signal },
  );
  const damaged = stored.filter(({ digest }, index) => hashed[index]?.digest !== digest);
  for (const { digest } of damaged) await rm(storePaths.blob(store, digest));
  return damaged.length;
}
