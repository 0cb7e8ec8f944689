import { constants, type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Digest } from '../base/digest.ts';
import { type ChunkHashes, chunkBytes } from './chunks.ts';

/** A chunk came that the plan does not know: the sender is broken or lies. */
export class BadChunkError extends Error {
  override readonly name = 'BadChunkError';
}

/**
 * A blob on its way into the store. Only verified chunks are written and counted, so whoever reads below `verifiedBytes`
 * reads the truth, while the rest is still coming.
 */
export class GrowingBlob {
  readonly digest: Digest;
  readonly chunks: ChunkHashes;
  readonly partPath: string;
  readonly finalPath: string;
  verifiedBytes = 0;
  complete = false;
  #file: FileHandle | undefined;
  #failure: Error | undefined;
  #waiters = new Set<() => void>();

  constructor(digest: Digest, chunks: ChunkHashes, partPath: string, finalPath: string) {
    this.digest = digest;
    this.chunks = chunks;
    this.partPath = partPath;
    this.finalPath = finalPath;
  }

  get sizeBytes(): number {
    return this.chunks.sizeBytes;
  }

  /** Opens the part and keeps of it what still verifies: after a crash nothing else can be trusted. */
  async open(): Promise<void> {
    await mkdir(dirname(this.partPath), { recursive: true, mode: 0o700 });
    this.#file = await open(this.partPath, constants.O_RDWR | constants.O_CREAT, 0o600);
    const { size } = await this.#file.stat();
    if (size > 0) await this.#verify(this.#file);
    await this.#file.truncate(this.verifiedBytes);
    this.#wake();
  }

  async #verify(file: FileHandle): Promise<void> {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    for (let index = 0; this.verifiedBytes < this.sizeBytes; index += 1) {
      const length = this.chunks.lengthOf(index);
      const { bytesRead } = await file.read(buffer, 0, length, index * chunkBytes);
      if (bytesRead < length || !this.chunks.matches(index, buffer.subarray(0, length))) break;
      this.verifiedBytes += length;
    }
  }

  /** Writes the next chunk. Raises BadChunkError, and writes nothing, when it is not the planned one. */
  async append(content: Uint8Array): Promise<void> {
    if (this.#file === undefined) throw new Error(`${this.digest} is not open`);
    if (!this.chunks.matches(this.verifiedBytes / chunkBytes, content)) {
      throw new BadChunkError(
        `chunk at byte ${this.verifiedBytes} of ${this.digest} is not what the plan says`,
      );
    }
    await this.#file.write(content, 0, content.length, this.verifiedBytes);
    this.verifiedBytes += content.length;
    this.#wake();
  }

  /** Makes the blob durable under its final name. */
  async finish(): Promise<void> {
    await this.#file?.datasync();
    await this.#file?.chmod(0o444);
    await this.#close();
    await mkdir(dirname(this.finalPath), { recursive: true });
    await rename(this.partPath, this.finalPath);
    const folder = await open(dirname(this.finalPath), 'r');
    await folder.sync().finally(() => folder.close());
    this.complete = true;
    this.#wake();
  }

  /** Gives up; whoever waits for more is told why. What was verified stays for the next run. */
  async fail(reason: Error): Promise<void> {
    this.#failure = reason;
    await this.#close();
    this.#wake();
  }

  /** Resolves when more than `offset` bytes are verified. */
  waitBeyond(offset: number, signal: AbortSignal): Promise<void> {
    return this.#until(() => this.verifiedBytes > offset, signal);
  }

  /** Resolves when the blob has its final name. */
  waitComplete(signal: AbortSignal): Promise<void> {
    return this.#until(() => this.complete, signal);
  }

  async #until(isReached: () => boolean, signal: AbortSignal): Promise<void> {
    while (!isReached()) {
      if (this.#failure !== undefined) throw this.#failure;
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiters.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#waiters.add(wake);
        signal.addEventListener('abort', wake);
      });
    }
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  #wake(): void {
    for (const waiter of this.#waiters) waiter();
  }
}
