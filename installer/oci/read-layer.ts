import { pipeline, type Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { PerimeterError } from '../base/errors.ts';

export interface ReadLayerEntry {
  readonly header: Header;
  readonly content: AsyncIterable<Buffer>;
}

/** Walks through the entries of a layer blob in their order. What is not read of an entry's content is passed over. */
export async function* readLayer(blob: Readable, mediaType: string): AsyncGenerator<ReadLayerEntry> {
  const unpack = extract();
  const stream = unpack as unknown as NodeJS.WritableStream;
  const failed = (error?: Error | null): void => {
    if (error) unpack.destroy(error);
  };
  if (mediaType.endsWith('zstd'))
    pipeline(blob, createZstdDecompress({ chunkSize: 1 << 20 }), stream, failed);
  else if (mediaType.endsWith('gzip')) pipeline(blob, createGunzip(), stream, failed);
  else pipeline(blob, stream, failed);
  for await (const source of unpack) {
    yield { header: source.header, content: source as AsyncIterable<Buffer> };
    source.resume();
  }
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
      hint: 'Do not use this bundle. Ask where it comes from, and build it anew from its recipes.',
    });
  }
  return parts.join('/');
}
