import { read } from 'node:fs';
import { Readable } from 'node:stream';
import type { Extent } from './extent.ts';

const pieceBytes = 1 << 20;

/**
 * One stream over all extents. Their files stay open whatever becomes of the stream: a file stream of node:fs would close them as
 * soon as a reader stops early. A file that ends before its extent does is an error: what was verified is no longer there.
 */
export function streamExtents(extents: readonly Extent[]): Readable {
  let index = 0;
  let done = 0;
  return new Readable({
    highWaterMark: pieceBytes,
    read() {
      while (extents[index]?.sizeBytes === done) {
        index += 1;
        done = 0;
      }
      const extent = extents[index];
      if (extent === undefined) {
        this.push(null);
        return;
      }
      const piece = Buffer.allocUnsafe(Math.min(pieceBytes, extent.sizeBytes - done));
      read(extent.fd, piece, 0, piece.length, extent.offset + done, (error, got) => {
        if (error !== null) return void this.destroy(error);
        if (got === 0) return void this.destroy(new Error('the bundle became shorter while it was read'));
        done += got;
        this.push(got === piece.length ? piece : piece.subarray(0, got));
      });
    },
  });
}
