import type { Readable } from 'node:stream';
import type { Digest } from '../base/digest.ts';
import { assertDefect } from '../base/errors.ts';
import { piecesOf } from '../base/read-pieces.ts';
import type { OpenBundle } from './bundle.ts';
import { ListedBundle } from './listed-bundle.ts';
import { type Extent, sliceExtents } from './media/extent.ts';
import { streamExtents } from './media/stream-extents.ts';
import { blobsOf } from './store/blobs-of.ts';
import { blobIn, type ScannedLayout } from './verify/scan-layout.ts';

/** A bundle after every byte of it was verified; reads from what was open then. */
export class VerifiedBundle extends ListedBundle implements OpenBundle {
  /** Where everything lies; for those who copy the bundle as it is. */
  get layout(): ScannedLayout {
    return this.verified.layout;
  }

  /** Every blob, those of attachments too. */
  get layoutBlobs(): readonly { readonly digest: Digest; readonly sizeBytes: number }[] {
    return blobsOf(this.layout);
  }

  readBlob(digest: Digest, offset = 0, length?: number): Readable {
    return streamExtents(this.#extentsOf(digest, offset, length));
  }

  blobPieces(digest: Digest, offset: number): AsyncIterable<Buffer> {
    return piecesOf(this.#extentsOf(digest, offset), () => 'the bundle became shorter while it was read');
  }

  #extentsOf(digest: Digest, offset: number, length = Number.POSITIVE_INFINITY): readonly Extent[] {
    const file = blobIn(this.layout, digest);
    assertDefect(file !== undefined, `blob ${digest} is not in the bundle`);
    return sliceExtents(file.extents, offset, Math.min(file.sizeBytes - offset, length));
  }
}
