import { paddingOf, tarEndBytes, tarHeader } from '../../oci/layout-tar.ts';
import type { ScannedLayout } from '../verify/scan-layout.ts';
import { sliceExtents } from './extent.ts';
import { streamExtents } from './stream-extents.ts';

/** A bundle as the bytes of its file, wherever its parts lie: there is only one way to write it. */
export async function* layoutBytes(layout: ScannedLayout): AsyncGenerator<Buffer> {
  for (const { name, sizeBytes, extents } of layout.files.values()) {
    yield tarHeader(name, sizeBytes);
    yield* streamExtents(sliceExtents(extents, 0, sizeBytes)) as AsyncIterable<Buffer>;
    if (paddingOf(sizeBytes) > 0) yield Buffer.alloc(paddingOf(sizeBytes));
  }
  yield Buffer.alloc(tarEndBytes);
}
