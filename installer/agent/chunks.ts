import { hash } from 'node:crypto';

/** The unit in which a blob is verified and passed on, in bytes. */
export const chunkBytes = 1 << 20;
const hashBytes = 32;

/** SHA-256 of each chunk of a blob, one after another: what lets a node judge a byte before the whole blob is there. */
export class ChunkHashes {
  readonly #hashes: Buffer;
  readonly sizeBytes: number;

  constructor(sizeBytes: number, hashes: Buffer) {
    if (hashes.length !== chunkCount(sizeBytes) * hashBytes) {
      throw new RangeError(`${hashes.length} bytes of chunk hashes do not fit a blob of ${sizeBytes} bytes`);
    }
    this.sizeBytes = sizeBytes;
    this.#hashes = hashes;
  }

  /** Bytes of the chunk with this number: all are whole except the last. */
  lengthOf(index: number): number {
    return Math.min(chunkBytes, this.sizeBytes - index * chunkBytes);
  }

  matches(index: number, content: Uint8Array): boolean {
    const wanted = this.#hashes.subarray(index * hashBytes, (index + 1) * hashBytes);
    return content.length === this.lengthOf(index) && wanted.equals(chunkHash(content));
  }
}

export function chunkCount(sizeBytes: number): number {
  return Math.ceil(sizeBytes / chunkBytes);
}

export function chunkHash(content: Uint8Array): Buffer {
  return hash('sha256', content, 'buffer');
}
