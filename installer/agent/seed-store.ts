import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, hexOf } from '../base/digest.ts';
import type { ChunkHashes } from './chunks.ts';
import { GrowingBlob } from './growing-blob.ts';
import { contentStoreDirectory } from './paths.ts';

export interface SeedStorePaths {
  /** Root of the seed store. */
  readonly seedDirectory: string;
  /** Root of containerd, whose content store counts as held too. */
  readonly containerdRoot: string;
}

/** The blobs a node holds. A blob under its final name is whole, verified and durable; nothing else gets that name. */
export class SeedStore {
  readonly paths: SeedStorePaths;

  constructor(paths: SeedStorePaths) {
    this.paths = paths;
  }

  blobPath(digest: Digest): string {
    return join(this.paths.seedDirectory, 'blobs', 'sha256', hexOf(digest));
  }

  contentPath(digest: Digest): string {
    return join(contentStoreDirectory(this.paths.containerdRoot), hexOf(digest));
  }

  /** Where the whole blob lies: in the seed store or, unless `onlySeed`, in containerd's content store. */
  async find(digest: Digest, sizeBytes: number, onlySeed = false): Promise<string | undefined> {
    const places = onlySeed ? [this.blobPath(digest)] : [this.blobPath(digest), this.contentPath(digest)];
    for (const path of places) if (await isWhole(path, sizeBytes)) return path;
    return undefined;
  }

  /** Bytes of a part from an earlier run; not yet verified. */
  async partBytes(digest: Digest): Promise<number> {
    return (await stat(this.#partPath(digest)).catch(() => undefined))?.size ?? 0;
  }

  grow(digest: Digest, chunks: ChunkHashes): GrowingBlob {
    return new GrowingBlob(digest, chunks, this.#partPath(digest), this.blobPath(digest));
  }

  /** Leaves a blob to containerd, which has it: the seed store's own name of it goes, and whoever reads it finds it there. */
  async handOver(digest: Digest, sizeBytes: number): Promise<void> {
    if (await isWhole(this.contentPath(digest), sizeBytes)) await this.forget(digest);
  }

  /** Forgets the seed store's own name of a blob. */
  async forget(digest: Digest): Promise<void> {
    await rm(this.blobPath(digest), { force: true });
  }

  async openBlob(path: string): Promise<Awaited<ReturnType<typeof open>>> {
    return open(path, 'r');
  }

  #partPath(digest: Digest): string {
    return join(this.paths.seedDirectory, 'parts', `${hexOf(digest)}.part`);
  }
}

async function isWhole(path: string, sizeBytes: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true && found.size === sizeBytes;
}
