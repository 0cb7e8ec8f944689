import type { Digest } from '../../base/digest.ts';
import { hashRanges } from '../verify/hash-ranges.ts';
import type { LayoutFile } from '../verify/scan-layout.ts';

/** Reads these blobs from end to end and tells which of them are what their digests say. */
export async function hashStored(
  blobs: readonly { readonly digest: Digest; readonly file: LayoutFile }[],
  onBytes: (bytes: number) => void = () => {},
  signal?: AbortSignal,
): Promise<ReadonlySet<Digest>> {
  let told = 0;
  const hashed = await hashRanges(
    blobs.map(({ file }) => file),
    {
      onProgress: (bytes) => {
        onBytes(bytes - told);
        told = bytes;
      },
      signal,
    },
  );
  const whole = blobs.filter(({ digest }, index) => {
    const result = hashed[index];
    return result?.unreadable === undefined && result?.digest === digest;
  });
  return new Set(whole.map(({ digest }) => digest));
}
