import { readSync } from 'node:fs';

/** A stretch of an open file. A file of a bundle is one, or several when it lies across parts. */
export interface Extent {
  readonly fd: number;
  readonly offset: number;
  readonly sizeBytes: number;
}

/**
 * Reads into the buffer from `at` (bytes after the beginning of the first extent) and returns how many bytes it got: fewer than
 * fit where an extent or the file itself ends, 0 at the end.
 */
export function readExtents(extents: readonly Extent[], buffer: Buffer, at: number): number {
  let start = 0;
  for (const { fd, offset, sizeBytes } of extents) {
    const within = at - start;
    if (within < sizeBytes)
      return readSync(fd, buffer, 0, Math.min(buffer.length, sizeBytes - within), offset + within);
    start += sizeBytes;
  }
  return 0;
}

/** The bytes from `offset` on, `sizeBytes` many, of what these extents hold. */
export function sliceExtents(extents: readonly Extent[], offset: number, sizeBytes: number): Extent[] {
  const slices: Extent[] = [];
  let start = 0;
  for (const extent of extents) {
    const from = Math.max(offset, start);
    const to = Math.min(offset + sizeBytes, start + extent.sizeBytes);
    if (from < to) slices.push({ fd: extent.fd, offset: extent.offset + from - start, sizeBytes: to - from });
    start += extent.sizeBytes;
  }
  return slices;
}

/** Everything that the extents hold; shorter when a file ends early. */
export function readAll(extents: readonly Extent[]): Buffer {
  const whole = Buffer.alloc(sizeOf(extents));
  for (let done = 0; done < whole.length; ) {
    const got = readExtents(extents, whole.subarray(done), done);
    if (got === 0) return whole.subarray(0, done);
    done += got;
  }
  return whole;
}

export function sizeOf(extents: readonly Extent[]): number {
  return extents.reduce((sum, extent) => sum + extent.sizeBytes, 0);
}
