import { BufferPool } from './buffer-pool.ts';
import { chunkBytes } from './chunks.ts';
import type { GrowingBlob } from './growing-blob.ts';
import type { PeerClient } from './peer-client.ts';
import type { BodySink } from './peer-connection.ts';
import type { Parent } from './protocol.ts';

/** The peer announced another length than the plan has: never to be trusted again. */
export class LyingLengthError extends Error {
  override readonly name = 'LyingLengthError';
}

/** The peer has not what we want; another may do better. */
class PeerRefusedError extends Error {
  override readonly name = 'PeerRefusedError';
}

const chunkBuffers = new BufferPool(chunkBytes);

/** Streams the rest of a blob from one peer, verifying chunk by chunk. `received` hears of every byte that came. */
export async function fetchBlob(
  client: PeerClient,
  parent: Parent,
  growing: GrowingBlob,
  signal: AbortSignal,
  received: (bytes: number) => void,
): Promise<void> {
  const offset = growing.verifiedBytes;
  const { connection, status, contentLength } = await client.get(parent, growing.digest, offset);
  const sink = new ChunkSink(growing, received, (error) => connection.destroy(error));
  const stop = (): void => connection.destroy(signal.reason as Error);
  signal.addEventListener('abort', stop);
  try {
    if (signal.aborted) stop();
    checkAnswer(status, contentLength, growing, offset);
    await connection.readBody(sink);
  } catch (error) {
    connection.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    sink.release();
    // A chunk that is still being written counts: the next stream must begin behind it, not over it.
    await sink.settled();
    client.giveBack(connection);
  }
}

function checkAnswer(status: number, announced: number, growing: GrowingBlob, offset: number): void {
  if (status !== (offset === 0 ? 200 : 206)) throw new PeerRefusedError(`answered ${status}`);
  const expected = growing.sizeBytes - offset;
  if (announced !== expected) {
    throw new LyingLengthError(`announced ${announced} bytes of ${growing.digest} instead of ${expected}`);
  }
}

/**
 * Gathers a body into chunks and hands each whole one to the blob. While one is hashed and written, the next comes in: a connection that is not
 * read for so long lets the link stand still. Buffers serve one chunk after another.
 */
class ChunkSink implements BodySink {
  whole = false;
  readonly #growing: GrowingBlob;
  readonly #received: (bytes: number) => void;
  readonly #failed: (error: Error) => void;
  #buffer: Buffer | undefined = chunkBuffers.take();
  #filled = 0;
  /** Where in the blob the buffer begins. */
  #start: number;
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;

  constructor(growing: GrowingBlob, received: (bytes: number) => void, failed: (error: Error) => void) {
    this.#growing = growing;
    this.#received = received;
    this.#failed = failed;
    this.#start = growing.verifiedBytes;
  }

  take(piece: Buffer): number {
    // A connection that was given up may have something left that nobody wants.
    if (this.#buffer === undefined) return piece.length;
    const taken = piece.copy(
      this.#buffer,
      this.#filled,
      0,
      Math.min(piece.length, this.#wanted - this.#filled),
    );
    this.#filled += taken;
    this.#received(taken);
    if (this.#filled < this.#wanted) return taken;
    if (this.#isWriting || this.#isLast) this.whole = true;
    else this.#write();
    return taken;
  }

  async flush(): Promise<void> {
    await this.#writing;
    if (this.#buffer === undefined) return;
    const isLast = this.#isLast;
    this.#write();
    if (isLast) await this.#writing;
  }

  /** Resolves when nothing is being written any more. */
  async settled(): Promise<void> {
    await this.#writing.catch(() => {});
  }

  /** Gives up the buffer that is being filled, so that nothing more is written of it. */
  release(): void {
    if (this.#buffer !== undefined) chunkBuffers.giveBack(this.#buffer);
    this.#buffer = undefined;
  }

  get #wanted(): number {
    return Math.min(chunkBytes, this.#growing.sizeBytes - this.#start);
  }

  get #isLast(): boolean {
    return this.#start + this.#wanted === this.#growing.sizeBytes;
  }

  #write(): void {
    const buffer = this.#buffer;
    if (buffer === undefined) return;
    const chunk = buffer.subarray(0, this.#filled);
    this.#buffer = chunkBuffers.take();
    this.#start += this.#filled;
    this.#filled = 0;
    this.whole = false;
    this.#isWriting = true;
    this.#writing = this.#growing.append(chunk).finally(() => {
      this.#isWriting = false;
      chunkBuffers.giveBack(buffer);
    });
    this.#writing.catch(this.#failed);
  }
}
