import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Digest } from '../base/digest.ts';
import { sayingWriteErrors } from '../base/write-errors.ts';

/** What came so far of a blob, in a file of its own. It stays there however the process ends, and the next one goes on behind it. */
export class PartialBlob {
  readonly #path: string;
  readonly #file: FileHandle;
  #hash = createHash('sha256');
  #sizeBytes = 0;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Opens what an earlier run left, or an empty one. Raises E_DISK_FULL or E_FILE_WRITE when it cannot be written. */
  static async open(path: string): Promise<PartialBlob> {
    const file = await sayingWriteErrors(path, async () => {
      await mkdir(dirname(path), { recursive: true });
      return await open(path, 'a');
    });
    const partial = new PartialBlob(path, file);
    try {
      for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>)
        partial.#count(piece);
      return partial;
    } catch (error) {
      await partial.#file.close();
      throw error;
    }
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Of all bytes that came. */
  get digest(): Digest {
    return `sha256:${this.#hash.copy().digest('hex')}`;
  }

  /** Raises E_DISK_FULL or E_FILE_WRITE when it cannot be written. */
  async append(piece: Buffer): Promise<void> {
    await sayingWriteErrors(this.#path, async () => await this.#file.appendFile(piece));
    this.#count(piece);
  }

  /** Throws away what came. */
  async startAnew(): Promise<void> {
    await this.#file.truncate(0);
    this.#hash = createHash('sha256');
    this.#sizeBytes = 0;
  }

  /** It is whole: from now on it goes by this name. Raises E_DISK_FULL or E_FILE_WRITE when it cannot be written. */
  async keepAs(path: string): Promise<void> {
    await sayingWriteErrors(path, async () => {
      await this.#file.sync();
      await rename(this.#path, path);
    });
  }

  /** Closes the file; of one into which nothing came nothing stays. */
  async close(): Promise<void> {
    await this.#file.close();
    if (this.#sizeBytes === 0) await rm(this.#path, { force: true });
  }

  #count(piece: Buffer): void {
    this.#hash.update(piece);
    this.#sizeBytes += piece.length;
  }
}
