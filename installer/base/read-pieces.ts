import { open } from 'node:fs/promises';

/** Larger ones are no faster, and leave the processor's cache before they are sent. */
const pieceBytes = 256 * 1024;

/**
 * A file from `offset` up to `end` (bytes). A piece is good only until the next one is asked for: its memory is used again. Memory
 * of its own for every piece, as a stream of node:fs takes it, costs more in garbage collection than reading and sending do.
 */
export async function* readPieces(path: string, offset: number, end: number): AsyncGenerator<Buffer> {
  if (offset >= end) return;
  await using file = await open(path, 'r');
  const memory = Buffer.allocUnsafeSlow(Math.min(pieceBytes, end - offset));
  for (let at = offset; at < end; ) {
    const { bytesRead } = await file.read(memory, 0, Math.min(memory.length, end - at), at);
    if (bytesRead === 0) throw new Error(`${path} ends at byte ${at}`);
    at += bytesRead;
    yield memory.subarray(0, bytesRead);
  }
}
