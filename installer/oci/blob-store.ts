import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, type ReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Digest, digestOf, hexOf } from '../base/digest.ts';
import { writeFileAtomic } from '../base/files.ts';

export interface StoredBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** A folder of blobs named by their digest, as in an OCI image layout: `blobs/sha256/<hex>` under the root. */
export class BlobStore {
  readonly root: string;
  readonly #folder: string;

  constructor(root: string) {
    this.root = root;
    this.#folder = join(root, 'blobs', 'sha256');
  }

  pathOf(digest: Digest): string {
    return join(this.#folder, hexOf(digest));
  }

  /** Where a blob lies of which not all came yet. */
  partialOf(digest: Digest): string {
    return `${this.pathOf(digest)}.partial`;
  }

  /** The size in bytes, or undefined when the blob is not there. */
  async sizeOf(digest: Digest): Promise<number | undefined> {
    return (await stat(this.pathOf(digest)).catch(() => undefined))?.size;
  }

  async read(digest: Digest): Promise<Buffer> {
    return await readFile(this.pathOf(digest));
  }

  stream(digest: Digest): ReadStream {
    return createReadStream(this.pathOf(digest), { highWaterMark: 1 << 20 });
  }

  async put(content: string | Uint8Array): Promise<StoredBlob> {
    const digest = digestOf(content);
    const sizeBytes = Buffer.byteLength(content);
    if ((await this.sizeOf(digest)) !== sizeBytes) await writeFileAtomic(this.pathOf(digest), content);
    return { digest, sizeBytes };
  }

  /** Stores what a stream gives, whole or not at all. */
  async putStream(content: Readable, signal?: AbortSignal): Promise<StoredBlob> {
    await mkdir(this.#folder, { recursive: true });
    const temporary = join(this.#folder, `.${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
    const hash = createHash('sha256');
    let sizeBytes = 0;
    try {
      // Made here and not by the stream: one that is given up while it still makes its file would do so after that was removed.
      await using file = await open(temporary, 'wx');
      await pipeline(
        content,
        async function* measure(chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            hash.update(chunk);
            sizeBytes += chunk.length;
            yield chunk;
          }
        },
        file.createWriteStream({ flush: true }),
        signal === undefined ? {} : { signal },
      );
      const digest: Digest = `sha256:${hash.digest('hex')}`;
      await rename(temporary, this.pathOf(digest));
      return { digest, sizeBytes };
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async remove(digest: Digest): Promise<void> {
    await rm(this.pathOf(digest), { force: true });
  }
}
