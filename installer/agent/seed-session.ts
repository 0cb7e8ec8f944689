import { readFileSync } from 'node:fs';
import process from 'node:process';
import type { z } from 'zod';
import type { Digest } from '../base/digest.ts';
import { assertDefect, PerimeterError } from '../base/errors.ts';
import { BlobServer } from './blob-server.ts';
import { ChunkHashes } from './chunks.ts';
import { requireRoomFor } from './disk-room.ts';
import type { GrowingBlob } from './growing-blob.ts';
import { NodeLibrary } from './node-library.ts';
import { PeerClient } from './peer-client.ts';
import type {
  AgentEvent,
  OpenInput,
  Parent,
  PlannedBlob,
  ReceiveResult,
  reachResultSchema,
  SeedImage,
} from './protocol.ts';
import { RateLimit } from './rate-limit.ts';
import { Receiver } from './receiver.ts';
import type { SeedStore } from './seed-store.ts';

const progressEveryMs = 500;
const reachWithinMs = 10_000;
/** Enough to see a pace, and too little to matter among what a seeding moves. */
const tryBytes = 2 << 20;
const tryWithinMs = 10_000;

interface Missing {
  readonly blob: PlannedBlob;
  readonly growing: GrowingBlob;
}

/** One node's part in one seeding: opened with the plan, then told from whom to receive. It serves others all the while. */
export class SeedSession {
  readonly #input: OpenInput;
  readonly #library: NodeLibrary;
  readonly #server: BlobServer;
  readonly #client: PeerClient;
  readonly #missing: readonly Missing[];
  readonly #stop = new AbortController();
  /** Aborted when nothing more will come. */
  readonly #arrivals = new AbortController();
  #receiver: Receiver | undefined;

  private constructor(input: OpenInput, library: NodeLibrary, missing: readonly Missing[]) {
    const { identity, listen, tags } = input;
    const rate = new RateLimit(input.maxBytesPerSecond);
    this.#input = input;
    this.#library = library;
    this.#missing = missing;
    this.#server = new BlobServer({ identity, library: this.#library, tags, rate, ...listen });
    this.#client = new PeerClient(identity);
  }

  /** Finds out what is here already and whether the rest fits. Raises E_DISK_FULL before anything is received. */
  static async open(input: OpenInput, store: SeedStore): Promise<SeedSession> {
    const library = new NodeLibrary(store);
    const missing: Missing[] = [];
    let partBytes = 0;
    for (const blob of input.blobs) {
      const chunks = new ChunkHashes(blob.sizeBytes, Buffer.from(blob.chunkHashes, 'base64'));
      const path = await store.find(blob.digest, blob.sizeBytes, blob.keep);
      if (path !== undefined) {
        library.addHeld(blob);
        continue;
      }
      const growing = store.grow(blob.digest, chunks);
      partBytes += await store.partBytes(blob.digest);
      library.addGrowing(blob, growing);
      missing.push({ blob, growing });
    }
    const session = new SeedSession(input, library, missing);
    const missingBytes = missing.reduce((sum, { blob }) => sum + blob.sizeBytes, 0);
    await requireRoomFor(store.paths, {
      receivedBytes: Math.max(0, missingBytes - partBytes),
      compressedBytes: missingBytes,
      unpackedBytes: Math.ceil(missingBytes * input.unpackFactor),
    });
    return session;
  }

  get missing(): readonly { readonly digest: Digest; readonly sizeBytes: number }[] {
    return this.#missing.map(({ blob: { digest, sizeBytes } }) => ({ digest, sizeBytes }));
  }

  listen(): Promise<number> {
    return this.#server.listen();
  }

  /** The first of these peers that can be reached from here, if any. */
  async reach(parents: readonly Parent[]): Promise<z.infer<typeof reachResultSchema>> {
    for (const parent of parents) {
      if (await this.#client.answers(parent, reachWithinMs)) return { reached: [parent.name] };
    }
    return { reached: [] };
  }

  /** Bytes per millisecond that a peer gives at present, tried out with the largest blob of the plan. */
  tryOut(parent: Parent): Promise<number> {
    const largest = this.#input.blobs.reduce((best, blob) => (blob.sizeBytes > best.sizeBytes ? blob : best));
    return this.#client.pace(parent, largest.digest, Math.min(largest.sizeBytes, tryBytes), tryWithinMs);
  }

  /** Where to put a blob that comes by another way. */
  partPath(digest: Digest): string {
    return this.#lacking(digest).partPath;
  }

  /** Takes a blob that was put there, after the same checks as if it had come from a peer. */
  async adopt(digest: Digest): Promise<void> {
    const growing = this.#lacking(digest);
    await growing.open();
    if (growing.verifiedBytes === growing.sizeBytes) return growing.finish();
    const reason = new PerimeterError('E_SEED', {
      message: `${digest} is wrong from byte ${growing.verifiedBytes} on.`,
      hint: 'Run the same command again. If it happens again, check the disks and memory of both machines.',
      retryable: true,
    });
    await growing.fail(reason);
    throw reason;
  }

  async receive(parents: readonly Parent[], emit: (event: AgentEvent) => void): Promise<ReceiveResult> {
    assertDefect(this.#receiver === undefined, 'a seed session receives once');
    const startedAt = performance.now();
    const receiver = new Receiver({
      client: this.#client,
      parents,
      emit,
      signal: this.#stop.signal,
    });
    this.#receiver = receiver;
    const tell = (): void => emit(this.#progress(receiver));
    const timer = setInterval(tell, progressEveryMs);
    try {
      await receiver.receive(this.#missing.map(({ growing }) => growing));
    } catch (error) {
      this.#arrivals.abort(error);
      throw error;
    } finally {
      clearInterval(timer);
      tell();
    }
    return {
      receivedBytes: receiver.receivedBytes,
      receivedBlobs: this.#missing.length,
      ms: performance.now() - startedAt,
      ...this.usage(),
    };
  }

  /** Resolves when every blob of the image is here; raises why one never will be. */
  async whole({ manifest, config, layers }: SeedImage): Promise<void> {
    const parts = new Set([manifest, config, ...layers].map(({ digest }) => digest));
    const open = this.#missing.filter(({ blob }) => parts.has(blob.digest));
    await Promise.all(open.map(({ growing }) => growing.waitComplete(this.#arrivals.signal)));
  }

  /** Whether a playbook is to unpack this blob out of the seed store. */
  keeps(digest: Digest): boolean {
    return this.#input.blobs.some((blob) => blob.keep && blob.digest === digest);
  }

  setParents(parents: readonly Parent[]): void {
    this.#receiver?.setParents(parents);
  }

  /** What this session has cost so far. */
  usage(): Pick<ReceiveResult, 'sentBytes' | 'resentBytes' | 'peakRssBytes' | 'cpuSeconds'> {
    const { user, system } = process.cpuUsage();
    return {
      sentBytes: this.#server.sentBytes,
      resentBytes: this.#receiver?.lostBytes ?? 0,
      peakRssBytes: peakRssBytes(),
      cpuSeconds: (user + system) / 1e6,
    };
  }

  close(): void {
    const reason = new Error('the session was closed');
    this.#stop.abort(reason);
    this.#arrivals.abort(reason);
    this.#server.close();
    this.#client.close();
  }

  #lacking(digest: Digest): GrowingBlob {
    const found = this.#missing.find(({ blob }) => blob.digest === digest);
    assertDefect(found !== undefined, `${digest} is not missing here`);
    return found.growing;
  }

  #progress(receiver: Receiver): AgentEvent {
    const total = this.#input.blobs.reduce((sum, blob) => sum + blob.sizeBytes, 0);
    const open = this.#missing.filter(({ growing }) => !growing.complete);
    const lacking = open.reduce((sum, { growing }) => sum + growing.sizeBytes - growing.verifiedBytes, 0);
    const groups = Math.max(0, ...this.#input.blobs.map((blob) => blob.group + 1));
    return {
      event: 'progress',
      verifiedBytes: total - lacking,
      receivedBytes: receiver.receivedBytes,
      sentBytes: this.#server.sentBytes,
      groupsDone: Math.min(groups, ...open.map(({ blob }) => blob.group)),
      parent: receiver.parentName,
    };
  }
}

/** The kernel's own high-water mark: what getrusage tells includes the memory of whoever started this process. */
function peakRssBytes(): number {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kibibytes ?? 0) * 1024;
}
