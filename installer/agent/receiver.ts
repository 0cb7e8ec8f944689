import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, PerimeterError } from '../base/errors.ts';
import { Arrivals } from './arrivals.ts';
import { fetchBlob, LyingLengthError } from './fetch-blob.ts';
import { BadChunkError, type GrowingBlob } from './growing-blob.ts';
import { ParentList } from './parent-list.ts';
import type { PeerClient } from './peer-client.ts';
import type { AgentEvent, Parent } from './protocol.ts';
import { StallWatch } from './stall-watch.ts';

const mostFinishing = 8;
const hopelessMs = 45_000;

/** The stream was ended by ourselves, because its peer is no longer a parent: nobody's failure. */
class ReorderedError extends Error {
  override readonly name = 'ReorderedError';
}

export interface ReceiverOptions {
  readonly client: PeerClient;
  readonly parents: readonly Parent[];
  readonly emit: (event: AgentEvent) => void;
  readonly signal: AbortSignal;
}

/** Brings a list of blobs here, in order and without a gap between them, from the best parent that works. */
export class Receiver {
  readonly parents: ParentList;
  receivedBytes = 0;
  /** Bytes that came and were thrown away, because their stream ended inside a chunk. */
  lostBytes = 0;
  parentName = '';
  #lastReason = '';
  readonly #options: ReceiverOptions;
  readonly #watch: StallWatch;
  readonly #arrivals = new Arrivals();
  readonly #finishing = new Set<Promise<void>>();
  readonly #cancels = new Set<(parents: ParentList) => void>();
  readonly #givenUp = new AbortController();
  readonly #signal: AbortSignal;
  #progressAt = performance.now();

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#givenUp.signal]);
    this.parents = new ParentList(options.parents);
    this.#watch = new StallWatch(options.client, (parent) => this.parents.after(parent));
  }

  async receive(wanted: readonly GrowingBlob[]): Promise<void> {
    this.#progressAt = performance.now();
    const bringing: Promise<void>[] = [];
    try {
      for (const growing of wanted) {
        await this.#arrivals.room();
        this.#signal.throwIfAborted();
        bringing.push(this.#bringOrGiveUp(growing));
      }
      await Promise.all(bringing);
      await Promise.all(this.#finishing);
      this.#signal.throwIfAborted();
    } finally {
      this.#watch.close();
    }
  }

  /** Takes a new order of parents; streams from peers that are no longer in it move at once. */
  setParents(parents: readonly Parent[]): void {
    this.parents.replace(parents);
    for (const cancel of this.#cancels) cancel(this.parents);
  }

  /** Ends all that is under way when one blob cannot be had: nobody waits for the others then. */
  #bringOrGiveUp(growing: GrowingBlob): Promise<void> {
    this.#arrivals.expect(growing, growing.sizeBytes);
    return this.#bring(growing)
      .catch((error: unknown) => this.#givenUp.abort(error))
      .finally(() => this.#arrivals.done(growing));
  }

  async #bring(growing: GrowingBlob): Promise<void> {
    try {
      await growing.open();
      while (growing.verifiedBytes < growing.sizeBytes) await this.#tryOnce(growing);
    } catch (error) {
      await growing.fail(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
    await this.#finish(growing);
  }

  /** Disks take their time to make a blob durable; meanwhile the next one comes in. At most a few may be behind. */
  async #finish(growing: GrowingBlob): Promise<void> {
    const finishing = growing.finish().catch(async (error: unknown) => {
      this.#givenUp.abort(diskError(error));
      await growing.fail(error as Error);
    });
    this.#finishing.add(finishing);
    void finishing.finally(() => this.#finishing.delete(finishing));
    if (this.#finishing.size > mostFinishing) await Promise.race(this.#finishing);
  }

  async #tryOnce(growing: GrowingBlob): Promise<void> {
    const choice = this.parents.choose();
    if (choice === undefined) throw allBanned();
    if (performance.now() - this.#progressAt > hopelessMs) throw hopeless(choice.parent);
    await delay(choice.waitMs, undefined, { signal: this.#signal });
    this.#tellParent(choice.parent);
    const before = { received: this.receivedBytes, verified: growing.verifiedBytes };
    try {
      await this.#stream(choice.parent, growing);
      this.parents.worked(choice.parent);
    } catch (error) {
      this.#signal.throwIfAborted();
      this.#blame(choice.parent, error);
    } finally {
      if (growing.verifiedBytes > before.verified) this.#progressAt = performance.now();
    }
  }

  async #stream(parent: Parent, growing: GrowingBlob): Promise<void> {
    const stop = new AbortController();
    const cancel = (reason: Error): void => stop.abort(reason);
    const leave = (parents: ParentList): void => {
      if (!parents.includes(parent)) cancel(new ReorderedError('the order of the chain changed'));
    };
    const stream = { parent, digest: growing.digest, offset: () => growing.verifiedBytes, cancel };
    this.#watch.add(stream);
    this.#cancels.add(leave);
    const start = growing.verifiedBytes;
    let came = 0;
    this.#arrivals.expect(growing, growing.sizeBytes - start);
    try {
      const signal = AbortSignal.any([stop.signal, this.#signal]);
      await fetchBlob(this.#options.client, parent, growing, signal, (bytes) => {
        came += bytes;
        this.receivedBytes += bytes;
        this.#arrivals.came(growing, bytes);
        this.#watch.heard(parent);
      });
    } catch (error) {
      throw stop.signal.aborted ? stop.signal.reason : error;
    } finally {
      this.lostBytes += came - (growing.verifiedBytes - start);
      this.#watch.remove(stream);
      this.#cancels.delete(leave);
    }
  }

  #blame(parent: Parent, error: unknown): void {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EROFS' || code === 'EIO') throw diskError(error);
    const reason = messageOf(error);
    if (error instanceof BadChunkError || error instanceof LyingLengthError) {
      this.parents.ban(parent);
      this.#options.emit({ event: 'banned', parent: parent.name, reason });
    } else if (!(error instanceof ReorderedError) && !this.parents.failed(parent)) return;
    this.#lastReason = reason;
  }

  #tellParent(parent: Parent): void {
    if (this.parentName === parent.name) return;
    const from = this.parentName;
    this.parentName = parent.name;
    if (from === '') return;
    this.#options.emit({ event: 'parent', from, to: parent.name, reason: this.#lastReason });
    this.#lastReason = 'it is the best again';
  }
}

function allBanned(): PerimeterError {
  return new PerimeterError('E_SEED', {
    message: 'Every peer that could have sent the blobs sent wrong bytes and was banned.',
    hint: 'Verify the bundle with `perimeter bundle verify`, check the named peers, and run the same command again.',
  });
}

function hopeless(parent: Parent): PerimeterError {
  return new PerimeterError('E_SEED', {
    message: `No byte came for ${hopelessMs / 1000} s from any peer; the last one asked was ${parent.name} at ${parent.address}:${parent.port}.`,
    hint: `Check that this node can reach ${parent.address} port ${parent.port} by TCP, and run the same command again: what has arrived is kept.`,
    retryable: true,
  });
}

function diskError(error: unknown): PerimeterError {
  return new PerimeterError('E_DISK_FULL', {
    message: `The seed store could not be written: ${messageOf(error)}.`,
    hint: 'Make room on the file system of /var/lib/perimeter and run the same command again: what has arrived is kept.',
    cause: error,
  });
}
