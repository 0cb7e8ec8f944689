import { pipeline, type Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { PerimeterError } from '../base/errors.ts';
import { formatBytes } from '../base/units.ts';

export interface ReadLayerEntry {
  readonly header: Header;
  readonly content: AsyncIterable<Buffer>;
}

/**
 * Walks through the entries of a layer blob in their order. What is not read of an entry's content is passed over. `what` names the
 * layer in E_BUNDLE_DAMAGED, which is raised for one that was made to fill a disk.
 */
export async function* readLayer(
  blob: Readable,
  mediaType: string,
  what = 'A layer',
): AsyncGenerator<ReadLayerEntry> {
  const unpack = extract();
  const stream = unpack as unknown as NodeJS.WritableStream;
  const failed = (error?: Error | null): void => {
    if (error) unpack.destroy(error);
  };
  const guard = expansionGuard(what);
  if (mediaType.endsWith('zstd'))
    pipeline(
      blob,
      guard.packed,
      createZstdDecompress({ chunkSize: 1 << 20 }),
      guard.unpacked,
      stream,
      failed,
    );
  else if (mediaType.endsWith('gzip'))
    pipeline(blob, guard.packed, createGunzip(), guard.unpacked, stream, failed);
  else pipeline(blob, stream, failed);
  for await (const source of unpack) {
    yield { header: source.header, content: source as AsyncIterable<Buffer> };
    source.resume();
  }
}

/** No layer of programs and texts is packed better than this, in times its size; a hundred million zeros are a thousand. */
const mostExpansion = 200;
/** Below this many bytes nothing can do harm. */
const harmlessBytes = 64 << 20;

/** Counts what goes into a decompressor and what comes out, and stops what was made to fill a disk. */
function expansionGuard(what: string) {
  let [packedBytes, unpackedBytes] = [0, 0];
  return {
    async *packed(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        packedBytes += chunk.length;
        yield chunk;
      }
    },
    async *unpacked(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        unpackedBytes += chunk.length;
        if (unpackedBytes > harmlessBytes && unpackedBytes > packedBytes * mostExpansion) {
          throw new PerimeterError('E_BUNDLE_DAMAGED', {
            message: `${what} unpacks to more than ${mostExpansion} times its size (${formatBytes(unpackedBytes)} out of ${formatBytes(packedBytes)} so far): it was made to fill the disk`,
            hint: 'Do not use this bundle. Ask whoever made it where that layer comes from.',
          });
        }
        yield chunk;
      }
    },
  };
}

/**
 * The entry's path below a folder: `a/b`, without leading `/` or `./`. Raises E_BUNDLE_DAMAGED for a path that would leave the
 * folder.
 */
export function safePath(name: string, what: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (name.startsWith('/') || parts.includes('..') || name.includes('\0')) {
    throw new PerimeterError('E_BUNDLE_DAMAGED', {
      message: `${what} holds the path ${JSON.stringify(name)}, which leads out of its folder`,
      hint: 'Do not use this bundle. Ask whoever made it where it comes from.',
    });
  }
  return parts.join('/');
}
