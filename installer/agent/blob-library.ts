import type { Digest } from '../base/digest.ts';

export interface BlobDescription {
  readonly sizeBytes: number;
  readonly mediaType: string;
}

/** The blobs one peer may hand out: exactly those of its plan. */
export interface BlobLibrary {
  /** Undefined for a blob that is not in the plan or that this peer will never have. */
  describe(digest: Digest): BlobDescription | undefined;
  /**
   * Verified bytes from `offset` up to `end`, waiting for those that are still on their way. A piece is good only until the next
   * one is asked for: its buffer is used again.
   */
  read(digest: Digest, offset: number, end: number, signal: AbortSignal): AsyncIterable<Buffer>;
}
