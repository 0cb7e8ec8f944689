import { open } from 'node:fs/promises';
import type { Digest } from '../base/digest.ts';
import type { BlobDescription, BlobLibrary } from './blob-library.ts';
import { BufferPool } from './buffer-pool.ts';
import type { GrowingBlob } from './growing-blob.ts';
import type { PlannedBlob } from './protocol.ts';
import type { SeedStore } from './seed-store.ts';

type Entry = { readonly blob: PlannedBlob; readonly growing?: GrowingBlob };

const pieceBuffers = new BufferPool(256 * 1024);

/** What a node hands out: blobs it held before, and blobs it is receiving right now. */
export class NodeLibrary implements BlobLibrary {
  readonly #store: SeedStore;
  readonly #entries = new Map<Digest, Entry>();

  constructor(store: SeedStore) {
    this.#store = store;
  }

  addHeld(blob: PlannedBlob): void {
    this.#entries.set(blob.digest, { blob });
  }

  addGrowing(blob: PlannedBlob, growing: GrowingBlob): void {
    this.#entries.set(blob.digest, { blob, growing });
  }

  describe(digest: Digest): BlobDescription | undefined {
    return this.#entries.get(digest)?.blob;
  }

  async *read(digest: Digest, offset: number, end: number, signal: AbortSignal): AsyncGenerator<Buffer> {
    const entry = this.#entries.get(digest);
    if (entry === undefined) throw new Error(`${digest} is not in the plan`);
    if (offset >= end) return;
    await entry.growing?.waitBeyond(offset, signal);
    await using file = await this.#open(entry);
    const buffer = pieceBuffers.take();
    try {
      for (let position = offset; position < end; ) {
        const available = await verifiedEnd(entry, position, end, signal);
        const length = Math.min(available - position, end - position, buffer.length);
        const { bytesRead } = await file.read(buffer, 0, length, position);
        if (bytesRead === 0) throw new Error(`${digest} ends at byte ${position}`);
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      pieceBuffers.giveBack(buffer);
    }
  }

  /** A blob moves while it is served: it gets its final name, and later it is containerd's. */
  async #open({ blob, growing }: Entry): ReturnType<typeof open> {
    if (growing?.complete === false) {
      const part = await open(growing.partPath, 'r').catch(() => undefined);
      if (part !== undefined) return part;
    }
    const path = await this.#store.find(blob.digest, blob.sizeBytes);
    if (path === undefined) throw new Error(`${blob.digest} is no longer here`);
    return open(path, 'r').catch(() => open(this.#store.contentPath(blob.digest), 'r'));
  }
}

async function verifiedEnd(
  { growing }: Entry,
  position: number,
  end: number,
  signal: AbortSignal,
): Promise<number> {
  await growing?.waitBeyond(position, signal);
  return growing?.verifiedBytes ?? end;
}
