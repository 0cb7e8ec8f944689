import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { untilAborted } from '../base/until-aborted.ts';
import type { HostHands, HostSession } from '../hosts/host.ts';
import { lendCommand } from './agent-command.ts';

/** How many nodes this machine sends to before nodes send to each other. */
const directNodes = 4;
/** A node that does not open its door within this time is passed by: everybody else waits for it meanwhile. */
const lendWithinMs = 30_000;
/** How many nodes one node sends to at the same time. */
const lentAtOnce = 2;

/** Where a node takes a file from: a peer that has it, or this machine. */
export type CopySource =
  | { readonly kind: 'installer' }
  | {
      readonly kind: 'peer';
      readonly name: string;
      readonly address: string;
      readonly port: number;
      readonly word: string;
    };

interface Lender {
  readonly host: HostHands;
  readonly path: string;
  readonly word: string;
  session?: Promise<{ readonly session: HostSession; readonly port: number }>;
  free: number;
}

/**
 * Who sends a large file to whom, so that this machine sends it a few times and not once for every node: whoever has it passes it on.
 * One for all nodes of a run.
 */
export class PeerCopies {
  /** Of this machine's sendings, how many more may go on at the same time, and how many there were. */
  #direct = directNodes;
  #sent = 0;
  /** Nodes that have a source, or wait for one. */
  #users = 0;
  #lenders: Lender[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #lendWithinMs: number;

  constructor(withinMs = lendWithinMs) {
    this.#lendWithinMs = withinMs;
  }

  /** Waits until somebody can send; `release` must be called with what it gave. */
  async source(signal: AbortSignal): Promise<CopySource> {
    this.#users += 1;
    try {
      return await this.#choose(signal);
    } catch (error) {
      await this.#leave();
      throw error;
    }
  }

  async #choose(signal: AbortSignal): Promise<CopySource> {
    const wake = (): void => this.#wake();
    signal.addEventListener('abort', wake);
    try {
      return await this.#next(signal);
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  async #next(signal: AbortSignal): Promise<CopySource> {
    for (;;) {
      signal.throwIfAborted();
      const lender = this.#lenders.find(({ free }) => free > 0);
      if (lender !== undefined) {
        lender.free -= 1;
        try {
          return await this.#open(lender);
        } catch {
          // It cannot lend after all: everybody else goes on without it.
          this.#lenders = this.#lenders.filter((other) => other !== lender);
          this.#wake();
          continue;
        }
      }
      // Once somebody can pass it on, this machine's link is left to others; it helps out when nobody can.
      if (this.#direct > 0 && (this.#sent < directNodes || this.#lenders.length === 0)) {
        this.#direct -= 1;
        this.#sent += 1;
        return { kind: 'installer' };
      }
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  /** `owner` has the file now, and passes it on from here; undefined when it did not get it. */
  async release(
    source: CopySource,
    owner: { readonly host: HostHands; readonly path: string } | undefined,
  ): Promise<void> {
    if (source.kind === 'installer') this.#direct += 1;
    else {
      const lender = this.#lenders.find(({ word }) => word === source.word);
      if (lender !== undefined) lender.free += 1;
    }
    if (owner !== undefined)
      this.#lenders.push({ ...owner, word: randomBytes(16).toString('hex'), free: lentAtOnce });
    this.#wake();
    await this.#leave();
  }

  /** The last one shuts the doors: no node stays open longer than somebody takes something from it. */
  async #leave(): Promise<void> {
    this.#users -= 1;
    if (this.#users > 0) return;
    const open = this.#lenders.splice(0);
    for (const { session } of open) await session?.then((lent) => lent.session.close()).catch(() => {});
  }

  async #open(lender: Lender): Promise<CopySource> {
    const { host, path, word } = lender;
    lender.session ??= startLending(host, path, word, this.#lendWithinMs);
    const { port } = await lender.session;
    return { kind: 'peer', name: host.name, address: host.address, port, word };
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

async function startLending(host: HostHands, path: string, word: string, withinMs: number) {
  // No AbortSignal.timeout: it would end the session of a door that opened in time, too.
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error(`${host.name} does not open its door`)), withinMs);
  try {
    return await untilAborted(openDoor(host, path, word, late.signal), late.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Shuts the door again when it opens too late: everybody went on without it by then, and nobody else would. */
async function openDoor(host: HostHands, path: string, word: string, signal: AbortSignal) {
  const session = await host.start(await lendCommand(host, path, word), { signal });
  try {
    for await (const line of session.lines) {
      signal.throwIfAborted();
      const { port } = z.object({ port: z.number() }).parse(JSON.parse(line));
      return { session, port };
    }
    const { stderr } = await session.ended;
    throw new Error(`${host.name} cannot lend ${path}: ${stderr.trim()}`);
  } catch (error) {
    await session.close();
    throw error;
  }
}
