import { read } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Larger ones are no faster, and leave the processor's cache before they are sent. */
const pieceBytes = 256 * 1024;
const readFrom = promisify(read);

/** Of an open file, in bytes. */
interface Stretch {
  readonly fd: number;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** A file from `offset` up to `end` (bytes), as `piecesOf` gives it. */
export async function* readPieces(path: string, offset: number, end: number): AsyncGenerator<Buffer> {
  if (offset >= end) return;
  await using file = await open(path, 'r');
  const stretch = { fd: file.fd, offset, sizeBytes: end - offset };
  yield* piecesOf([stretch], (at) => `${path} ends at byte ${at}`);
}

/**
 * One stretch after the other. A piece is good only until the next one is asked for: its memory is used again. Memory of its own for
 * every piece, as a stream of node:fs takes it, costs more in garbage collection than reading and sending do. `cutOff` says what is
 * wrong when a file ends at a byte before its stretch does.
 */
export async function* piecesOf(
  stretches: readonly Stretch[],
  cutOff: (at: number) => string,
): AsyncGenerator<Buffer> {
  const bytes = stretches.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const memory = Buffer.allocUnsafeSlow(Math.min(pieceBytes, bytes));
  for (const { fd, offset, sizeBytes } of stretches) {
    const end = offset + sizeBytes;
    for (let at = offset; at < end; ) {
      const { bytesRead } = await readFrom(fd, memory, 0, Math.min(memory.length, end - at), at);
      if (bytesRead === 0) throw new Error(cutOff(at));
      at += bytesRead;
      yield memory.subarray(0, bytesRead);
    }
  }
}
