import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import type { Digest } from '../../base/digest.ts';

/** A part of an open file. Padding follows the content, is read with it, and must be zero. */
export interface FileRange {
  readonly offset: number;
  readonly sizeBytes: number;
  readonly paddingBytes: number;
}

export interface HashedRange {
  readonly index: number;
  readonly digest: Digest;
  /** False when a byte of the padding is not zero, or when the file ended early. */
  readonly cleanPadding: boolean;
}

const buffer = Buffer.allocUnsafe(1 << 20);

/** Reads a range once, hashes its content and looks at its padding. */
export function hashRange(
  fd: number,
  range: FileRange,
  onBytes: (bytes: number) => void,
): Omit<HashedRange, 'index'> {
  const hash = createHash('sha256');
  const end = range.sizeBytes + range.paddingBytes;
  let done = 0;
  let cleanPadding = true;
  while (done < end) {
    const got = readSync(fd, buffer, 0, Math.min(buffer.length, end - done), range.offset + done);
    if (got === 0) return { digest: `sha256:${hash.digest('hex')}`, cleanPadding: false };
    const content = Math.max(0, Math.min(got, range.sizeBytes - done));
    if (content > 0) hash.update(buffer.subarray(0, content));
    for (let at = content; at < got; at += 1) if (buffer[at] !== 0) cleanPadding = false;
    done += got;
    onBytes(got);
  }
  return { digest: `sha256:${hash.digest('hex')}`, cleanPadding };
}
