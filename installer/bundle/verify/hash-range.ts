import { createHash } from 'node:crypto';
import type { Digest } from '../../base/digest.ts';
import { type Extent, readExtents } from '../media/extent.ts';

/** Content to hash. Padding follows it in the last extent, is read with it, and must be zero. */
export interface HashedContent {
  readonly extents: readonly Extent[];
  readonly sizeBytes: number;
  readonly paddingBytes: number;
}

export interface HashedRange {
  readonly index: number;
  readonly digest: Digest;
  /** False when a byte of the padding is not zero, or when the file ended early. */
  readonly cleanPadding: boolean;
  /** Where the medium could not be read (bytes after the beginning), and what the system said. */
  readonly unreadable?: { readonly at: number; readonly code: string };
}

const buffer = Buffer.allocUnsafe(1 << 20);

/** Reads a range once, hashes its content and looks at its padding. A read error ends this range, not the others. */
export function hashRange(
  { extents, sizeBytes, paddingBytes }: HashedContent,
  onBytes: (bytes: number) => void,
): Omit<HashedRange, 'index'> {
  const hash = createHash('sha256');
  const end = sizeBytes + paddingBytes;
  let done = 0;
  let cleanPadding = true;
  while (done < end) {
    let got: number;
    try {
      got = readExtents(extents, end - done < buffer.length ? buffer.subarray(0, end - done) : buffer, done);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'error';
      return { digest: digestSoFar(hash), cleanPadding: false, unreadable: { at: done, code } };
    }
    if (got === 0) return { digest: digestSoFar(hash), cleanPadding: false };
    const content = Math.max(0, Math.min(got, sizeBytes - done));
    if (content > 0) hash.update(buffer.subarray(0, content));
    for (let at = content; at < got; at += 1) if (buffer[at] !== 0) cleanPadding = false;
    done += got;
    onBytes(got);
  }
  return { digest: digestSoFar(hash), cleanPadding };
}

function digestSoFar(hash: ReturnType<typeof createHash>): Digest {
  return `sha256:${hash.digest('hex')}`;
}
