import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { Digest } from '../../base/digest.ts';
import { PerimeterError } from '../../base/errors.ts';
import { sayingWriteErrors } from '../../base/write-errors.ts';
import { sizeOf, sliceExtents } from '../media/extent.ts';
import { streamExtents } from '../media/stream-extents.ts';
import type { LayoutFile } from '../verify/scan-layout.ts';

export type CopyResult =
  | 'copied'
  /** Its content is not what the digest says: nothing was kept. */
  | 'damaged'
  /** It was copied, but what fills up its last block on the medium is not empty as it must be. */
  | 'copied, padding damaged';

const howToGoOn = 'Make room there and run the same command again: what came in stays.';

/**
 * Copies a blob off the medium, over what lies there. It gets its name only after it was read whole, found to be what its digest
 * says, and is on the disk. Raises E_MEDIUM when it cannot be read, E_DISK_FULL or E_FILE_WRITE when the store cannot take it.
 */
export async function copyBlob(
  blob: LayoutFile,
  digest: Digest,
  to: string,
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<CopyResult> {
  const partial = `${to}.partial`;
  const hash = createHash('sha256');
  const copy = async (): Promise<void> => {
    await using file = await open(partial, 'w');
    for await (const piece of pieces(blob, 0, blob.sizeBytes)) {
      signal?.throwIfAborted();
      hash.update(piece);
      await writeAll(file, piece);
      onBytes(piece.length);
    }
    await file.sync();
  };
  try {
    await sayingWriteErrors(to, copy, howToGoOn);
    if (`sha256:${hash.digest('hex')}` !== digest) return 'damaged';
    const isClean = await hasEmptyPadding(blob);
    await sayingWriteErrors(to, () => rename(partial, to), howToGoOn);
    return isClean ? 'copied' : 'copied, padding damaged';
  } finally {
    await rm(partial, { force: true }).catch(() => undefined);
  }
}

async function hasEmptyPadding(blob: LayoutFile): Promise<boolean> {
  if (blob.paddingBytes === 0) return true;
  // Where the file ends early, there is less of it.
  if (sizeOf(blob.extents) < blob.sizeBytes + blob.paddingBytes) return false;
  for await (const piece of pieces(blob, blob.sizeBytes, blob.paddingBytes))
    if (piece.some((byte) => byte !== 0)) return false;
  return true;
}

async function* pieces(blob: LayoutFile, offset: number, sizeBytes: number): AsyncGenerator<Buffer> {
  try {
    yield* streamExtents(sliceExtents(blob.extents, offset, sizeBytes)) as AsyncIterable<Buffer>;
  } catch (cause) {
    throw new PerimeterError('E_MEDIUM', {
      message: `The medium cannot be read any more (${(cause as NodeJS.ErrnoException).code ?? (cause as Error).message}) at ${blob.name}`,
      hint: 'Put it in again, or carry this part again, and run the same command: it goes on at this blob.',
      retryable: true,
      cause,
    });
  }
}

/** One call may write less than it was given. */
async function writeAll(file: FileHandle, piece: Buffer): Promise<void> {
  for (let done = 0; done < piece.length; ) done += (await file.write(piece, done)).bytesWritten;
}
