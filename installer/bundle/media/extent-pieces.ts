import { read } from 'node:fs';
import { promisify } from 'node:util';
import { type Extent, sizeOf } from './extent.ts';

const pieceBytes = 256 * 1024;
const readFrom = promisify(read);

/** As `streamExtents`, for who is done with a piece when he asks for the next one: its memory is used again. */
export async function* extentPieces(extents: readonly Extent[]): AsyncGenerator<Buffer> {
  const memory = Buffer.allocUnsafeSlow(Math.min(pieceBytes, sizeOf(extents)));
  for (const { fd, offset, sizeBytes } of extents) {
    for (let done = 0; done < sizeBytes; ) {
      const wanted = Math.min(memory.length, sizeBytes - done);
      const { bytesRead } = await readFrom(fd, memory, 0, wanted, offset + done);
      if (bytesRead === 0) throw new Error('the bundle became shorter while it was read');
      done += bytesRead;
      yield memory.subarray(0, bytesRead);
    }
  }
}
