import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sayingWriteErrors } from '../../base/write-errors.ts';
import { chunkBytes } from './part-list.ts';

const howToGoOn =
  'Make room there and run the same command again: parts that are whole are not written again.';

/** A part that lies there already is another one than is being written. */
export class StalePartError extends Error {
  override readonly name = 'StalePartError';
  readonly path: string;

  constructor(path: string) {
    super(`${path} is left from another export`);
    this.path = path;
  }
}

/**
 * Cuts a stream into files and hashes each chunk on its way. What is already there is compared and not written again; what is
 * being written has another name until it is whole and on the medium.
 */
export class PartWriter {
  readonly chunks: string[] = [];
  readonly #folder: string;
  readonly #parts: readonly { readonly name: string; readonly sizeBytes: number }[];
  #part = -1;
  #partLeft = 0;
  #chunkLeft = 0;
  #chunk = createHash('sha256');
  #file: FileHandle | undefined;
  #isThere = false;

  constructor(folder: string, parts: readonly { readonly name: string; readonly sizeBytes: number }[]) {
    this.#folder = folder;
    this.#parts = parts;
  }

  /** Raises StalePartError, E_DISK_FULL and E_FILE_WRITE. */
  async write(bytes: Buffer): Promise<void> {
    await sayingWriteErrors(this.#folder, () => this.#cut(bytes), howToGoOn);
  }

  async #cut(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      if (this.#partLeft === 0) await this.#begin();
      const piece = bytes.subarray(done, done + Math.min(this.#chunkLeft, this.#partLeft));
      this.#chunk.update(piece);
      await this.#put(piece);
      done += piece.length;
      this.#chunkLeft -= piece.length;
      this.#partLeft -= piece.length;
      if (this.#chunkLeft === 0 || this.#partLeft === 0) this.#endChunk();
      if (this.#partLeft === 0) await this.#endPart();
    }
  }

  /** Closes what is open, whole or not. */
  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async #begin(): Promise<void> {
    this.#part += 1;
    const { sizeBytes = 0 } = this.#parts[this.#part] ?? {};
    this.#isThere = (await stat(this.#path()).catch(() => undefined))?.size === sizeBytes;
    this.#file = await open(this.#isThere ? this.#path() : this.#partial(), this.#isThere ? 'r' : 'w');
    this.#partLeft = sizeBytes;
    this.#chunkLeft = chunkBytes;
  }

  async #put(piece: Buffer): Promise<void> {
    if (this.#isThere) {
      const there = Buffer.alloc(piece.length);
      // What cannot be read back is as good as not written.
      await this.#file?.read(there, 0, piece.length).catch(() => undefined);
      if (!there.equals(piece)) throw new StalePartError(this.#path());
      return;
    }
    // One call may write less than it was given.
    for (let done = 0; done < piece.length; )
      done += (await this.#file?.write(piece, done))?.bytesWritten ?? 0;
  }

  #endChunk(): void {
    this.chunks.push(this.#chunk.digest('hex'));
    this.#chunk = createHash('sha256');
    this.#chunkLeft = chunkBytes;
  }

  async #endPart(): Promise<void> {
    if (!this.#isThere) await this.#file?.sync();
    await this.close();
    if (!this.#isThere) await rename(this.#partial(), this.#path());
  }

  #path(): string {
    return join(this.#folder, this.#parts[this.#part]?.name ?? '');
  }

  #partial(): string {
    return `${this.#path()}.partial`;
  }
}
