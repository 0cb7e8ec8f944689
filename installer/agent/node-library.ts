import { open } from 'node:fs/promises';
import type { Digest } from '../base/digest.ts';
import type { BlobDescription, BlobLibrary } from './blob-library.ts';
import type { GrowingBlob } from './growing-blob.ts';
import type { PlannedBlob } from './protocol.ts';

type Entry = { readonly blob: PlannedBlob; readonly path: string } | { readonly growing: GrowingBlob };

const pieceBytes = 256 * 1024;

/** What a node hands out: blobs it held before, and blobs it is receiving right now. */
export class NodeLibrary implements BlobLibrary {
  readonly #planned = new Map<Digest, PlannedBlob>();
  readonly #entries = new Map<Digest, Entry>();

  addHeld(blob: PlannedBlob, path: string): void {
    this.#planned.set(blob.digest, blob);
    this.#entries.set(blob.digest, { blob, path });
  }

  addGrowing(blob: PlannedBlob, growing: GrowingBlob): void {
    this.#planned.set(blob.digest, blob);
    this.#entries.set(blob.digest, { growing });
  }

  describe(digest: Digest): BlobDescription | undefined {
    return this.#planned.get(digest);
  }

  async *read(digest: Digest, offset: number, end: number, signal: AbortSignal): AsyncGenerator<Buffer> {
    const entry = this.#entries.get(digest);
    if (entry === undefined) throw new Error(`${digest} is not in the plan`);
    if (offset >= end) return;
    if ('growing' in entry) await entry.growing.waitBeyond(offset, signal);
    await using file = await openEntry(entry);
    const buffer = Buffer.allocUnsafeSlow(Math.min(pieceBytes, end - offset));
    for (let position = offset; position < end; ) {
      const available = 'growing' in entry ? await verifiedEnd(entry.growing, position, signal) : end;
      const length = Math.min(available - position, end - position, buffer.length);
      const { bytesRead } = await file.read(buffer, 0, length, position);
      if (bytesRead === 0) throw new Error(`${digest} ends at byte ${position}`);
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }
}

async function verifiedEnd(growing: GrowingBlob, position: number, signal: AbortSignal): Promise<number> {
  await growing.waitBeyond(position, signal);
  return growing.verifiedBytes;
}

/** A blob may get its final name between the look and the opening. */
async function openEntry(entry: Entry): ReturnType<typeof open> {
  if ('path' in entry) return open(entry.path, 'r');
  const { growing } = entry;
  if (growing.complete) return open(growing.finalPath, 'r');
  return open(growing.partPath, 'r').catch(() => open(growing.finalPath, 'r'));
}
