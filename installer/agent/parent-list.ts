import type { Parent } from './protocol.ts';

const shortestRestMs = 1000;
const longestRestMs = 30_000;
const oneFailureMs = 500;

interface Entry {
  readonly parent: Parent;
  failures: number;
  failedAt: number;
  banned: boolean;
}

/**
 * The peers a node may receive from, best first. One that failed rests for a while, ever longer; one that sent a wrong byte
 * is never asked again.
 */
export class ParentList {
  #entries: readonly Entry[] = [];
  readonly #now: () => number;

  constructor(parents: readonly Parent[], now: () => number = () => performance.now()) {
    this.#now = now;
    this.replace(parents);
  }

  /** Takes a new order; what is known of a peer that stays is kept. */
  replace(parents: readonly Parent[]): void {
    const known = new Map(this.#entries.map((entry) => [entry.parent.name, entry]));
    this.#entries = parents.map(
      (parent) => known.get(parent.name) ?? { parent, failures: 0, failedAt: 0, banned: false },
    );
  }

  /** The peer to ask now, after waiting `waitMs`; undefined when every one is banned. */
  choose(): { readonly parent: Parent; readonly waitMs: number } | undefined {
    const now = this.#now();
    const usable = this.#entries.filter((entry) => !entry.banned);
    const rested = usable.find((entry) => restEndsAt(entry) <= now);
    if (rested !== undefined) return { parent: rested.parent, waitMs: 0 };
    const longestAgo = usable.toSorted((a, b) => a.failedAt - b.failedAt)[0];
    if (longestAgo === undefined) return undefined;
    return {
      parent: longestAgo.parent,
      waitMs: Math.max(0, longestAgo.failedAt + shortestRestMs - now),
    };
  }

  /** The peers behind this one that may be asked instead. */
  after(parent: Parent): readonly Parent[] {
    return this.#entries
      .filter((entry) => !entry.banned && entry.parent.name !== parent.name)
      .map((entry) => entry.parent);
  }

  includes(parent: Parent): boolean {
    return this.#entries.some((entry) => entry.parent.name === parent.name && !entry.banned);
  }

  /** Notes a failure; true when it is news: the streams of one peer that break together are one failure. */
  failed(parent: Parent): boolean {
    const now = this.#now();
    let news = false;
    this.#change(parent, (entry) => {
      news = entry.failures === 0 || now - entry.failedAt > oneFailureMs;
      if (!news) return;
      entry.failures += 1;
      entry.failedAt = now;
    });
    return news;
  }

  worked(parent: Parent): void {
    this.#change(parent, (entry) => {
      entry.failures = 0;
    });
  }

  ban(parent: Parent): void {
    this.#change(parent, (entry) => {
      entry.banned = true;
    });
  }

  #change(parent: Parent, change: (entry: Entry) => void): void {
    for (const entry of this.#entries) if (entry.parent.name === parent.name) change(entry);
  }
}

function restEndsAt(entry: Entry): number {
  if (entry.failures === 0) return 0;
  return entry.failedAt + Math.min(longestRestMs, shortestRestMs * 2 ** entry.failures);
}
