import type { BlobDescription, BlobLibrary } from '../agent/blob-library.ts';
import type { Digest } from '../base/digest.ts';
import type { OpenBundle } from '../bundle/bundle.ts';
import type { SeedBlob } from './seed-plan.ts';

/** The bundle as the first peer of the chain: it has everything from the start. */
export class SourceLibrary implements BlobLibrary {
  readonly #bundle: OpenBundle;
  readonly #blobs: ReadonlyMap<Digest, SeedBlob>;

  constructor(bundle: OpenBundle, blobs: readonly SeedBlob[]) {
    this.#bundle = bundle;
    this.#blobs = new Map(blobs.map((blob) => [blob.digest, blob]));
  }

  describe(digest: Digest): BlobDescription | undefined {
    return this.#blobs.get(digest);
  }

  async *read(digest: Digest, offset: number, end: number, signal: AbortSignal): AsyncGenerator<Buffer> {
    let left = end - offset;
    for await (const piece of this.#bundle.blobPieces(digest, offset)) {
      signal.throwIfAborted();
      yield piece.subarray(0, left);
      left -= piece.length;
      if (left <= 0) return;
    }
  }
}
