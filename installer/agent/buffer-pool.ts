/**
 * Memory that is used again. What is taken anew for every blob or piece is garbage right after; at some megabytes of it the engine
 * marks its whole heap, which costs more than hashing and decrypting what came.
 */
export class BufferPool {
  readonly #bytes: number;
  readonly #idle: Buffer[] = [];

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  take(): Buffer {
    return this.#idle.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
  }

  /** Only when nobody writes into it or reads from it any more. */
  giveBack(buffer: Buffer): void {
    this.#idle.push(buffer);
  }
}
