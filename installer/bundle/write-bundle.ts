import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import process from 'node:process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { byteProgress } from '../base/byte-progress.ts';
import { type Digest, digestOf } from '../base/digest.ts';
import type { Events } from '../base/events.ts';
import { requireFreeRoom } from '../base/free-room.ts';
import { MadeFolders } from '../base/made-folders.ts';
import { sayingWriteErrors } from '../base/write-errors.ts';
import type { BlobStore } from '../oci/blob-store.ts';
import {
  blobPath,
  indexFile,
  layoutFile,
  layoutText,
  paddingOf,
  tarBytes,
  tarEndBytes,
  tarHeader,
} from '../oci/layout-tar.ts';
import { bundleBaseName } from './bundle-name.ts';
import type { SignatureFiles } from './trust/bundle-signature.ts';

export interface BundleContent {
  /** Text of index.json. */
  readonly index: string;
  /** The files that hold the signature over it. */
  readonly signature: SignatureFiles;
  /** Every blob once, manifests first: a reader then knows early what the rest is for. */
  readonly blobs: readonly { readonly digest: Digest; readonly sizeBytes: number }[];
}

/** A blob of the cache that is not what its name says. */
export class DamagedBlobError extends Error {
  override readonly name = 'DamagedBlobError';
  readonly digest: Digest;

  constructor(digest: Digest) {
    super(`blob ${digest} in the cache is damaged`);
    this.digest = digest;
  }
}

export function bundleSize(content: BundleContent): number {
  const files = [
    layoutText.length,
    Buffer.byteLength(content.index),
    ...Object.values(content.signature).map((text) => Buffer.byteLength(text)),
    ...content.blobs.map((blob) => blob.sizeBytes),
  ];
  return tarBytes(files);
}

/**
 * Writes an image layout as one tar, as a stream, whole or not at all. Every blob is hashed on its way. Raises E_DISK_FULL
 * before the first byte when there is no room, E_FILE_WRITE, and DamagedBlobError for a blob that is not what it should be.
 */
export async function writeBundle(
  file: string,
  content: BundleContent,
  store: BlobStore,
  events: Events,
  signal?: AbortSignal,
): Promise<void> {
  await sayingWriteErrors(file, () => writeWhole(file, content, store, events, signal));
}

async function writeWhole(
  file: string,
  content: BundleContent,
  store: BlobStore,
  events: Events,
  signal: AbortSignal | undefined,
): Promise<void> {
  await new MadeFolders().make(dirname(file));
  const total = bundleSize(content);
  await requireFreeRoom({
    what: 'The bundle',
    folder: dirname(file),
    sizes: [total],
    hint: 'Make room there, or choose another place with: --out FILE',
  });
  const temporary = `${file}.${process.pid}.partial`;
  try {
    const progress = byteProgress(events, ['bundle', 'write'], total);
    const chunks = Readable.from(layoutChunks(content, store, progress), { objectMode: false });
    // Made here and not by the stream: one that is given up while it still makes its file would do so after that was removed.
    await using made = await open(temporary, 'w');
    const sink = made.createWriteStream({ flush: true, highWaterMark: 4 << 20 });
    await pipeline(chunks, sink, signal === undefined ? {} : { signal });
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function* layoutChunks(
  content: BundleContent,
  store: BlobStore,
  progress: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for (const [name, text] of [
    [layoutFile, layoutText],
    [indexFile, content.index],
    ...Object.entries(content.signature),
  ] as const) {
    const bytes = Buffer.from(text);
    yield Buffer.concat([tarHeader(name, bytes.length), bytes, Buffer.alloc(paddingOf(bytes.length))]);
  }
  for (const blob of content.blobs) {
    if ((await store.sizeOf(blob.digest)) !== blob.sizeBytes) throw new DamagedBlobError(blob.digest);
    yield tarHeader(blobPath(blob.digest), blob.sizeBytes);
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of store.stream(blob.digest) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
      progress(chunk.length);
      yield chunk;
    }
    if (size !== blob.sizeBytes || `sha256:${hash.digest('hex')}` !== blob.digest) {
      throw new DamagedBlobError(blob.digest);
    }
    const padding = paddingOf(size);
    if (padding > 0) yield Buffer.alloc(padding);
  }
  yield Buffer.alloc(tarEndBytes);
}

/** The name by which a bundle file is kept when nobody chose one. */
export function bundleFileName(index: string): string {
  return `${bundleBaseName(digestOf(index))}.tar`;
}
