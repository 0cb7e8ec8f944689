import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { Digest } from '../../base/digest.ts';
import { PerimeterError } from '../../base/errors.ts';
import { sliceExtents } from '../media/extent.ts';
import { streamExtents } from '../media/stream-extents.ts';
import type { LayoutFile } from '../verify/scan-layout.ts';

/**
 * Copies a blob off the medium. It gets its name only after it was read whole, found to be what its digest says, and is on the
 * disk. Returns false when it is damaged. Raises E_MEDIUM when it cannot be read, E_DISK_FULL when the store has no room.
 */
export async function copyBlob(
  blob: LayoutFile,
  digest: Digest,
  to: string,
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<boolean> {
  const partial = `${to}.partial`;
  const hash = createHash('sha256');
  try {
    const file = await open(partial, 'w');
    try {
      for await (const piece of pieces(blob)) {
        signal?.throwIfAborted();
        hash.update(piece);
        await writeAll(file, piece, to);
        onBytes(piece.length);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    if (`sha256:${hash.digest('hex')}` !== digest) return false;
    await rename(partial, to);
    return true;
  } finally {
    await rm(partial, { force: true });
  }
}

async function* pieces(blob: LayoutFile): AsyncGenerator<Buffer> {
  try {
    yield* streamExtents(sliceExtents(blob.extents, 0, blob.sizeBytes)) as AsyncIterable<Buffer>;
  } catch (cause) {
    throw new PerimeterError('E_MEDIUM', {
      message: `The medium cannot be read any more (${(cause as NodeJS.ErrnoException).code ?? (cause as Error).message}) at ${blob.name}`,
      hint: 'Put it in again, or carry this part again, and run the same command: it goes on at this blob.',
      retryable: true,
      cause,
    });
  }
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, piece: Buffer, to: string): Promise<void> {
  try {
    for (let done = 0; done < piece.length; ) done += (await file.write(piece, done)).bytesWritten;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause;
    throw new PerimeterError('E_DISK_FULL', {
      message: `There is no room left for ${to}`,
      hint: 'Make room there and run the same command again: what came in stays.',
      cause,
    });
  }
}
