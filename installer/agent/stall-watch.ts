import type { Digest } from '../base/digest.ts';
import type { PeerClient } from './peer-client.ts';
import type { Parent } from './protocol.ts';

/** One answer that is being read. */
export interface Stream {
  readonly parent: Parent;
  readonly digest: Digest;
  readonly offset: () => number;
  readonly cancel: (reason: Error) => void;
}

export interface StallRules {
  /** Silence after which a parent is asked whether it lives. */
  readonly silenceMs: number;
  /** Silence after which a living parent is passed by, when another one has more. */
  readonly patienceMs: number;
}

const stallRules: StallRules = { silenceMs: 3000, patienceMs: 9000 };
const answerWithinMs = 1500;

/**
 * Notices parents that fall silent without closing the connection. A dead one is left at once. A living one is left only for a
 * peer that has the next byte already: when the break lies further up, everybody waits and only its neighbour moves.
 */
export class StallWatch {
  readonly #streams = new Set<Stream>();
  readonly #lastByteAt = new Map<string, number>();
  readonly #suspectedAt = new Map<string, number>();
  readonly #client: PeerClient;
  readonly #others: (parent: Parent) => readonly Parent[];
  readonly #rules: StallRules;
  readonly #timer: NodeJS.Timeout;
  #looking = false;

  constructor(client: PeerClient, others: (parent: Parent) => readonly Parent[], rules = stallRules) {
    this.#client = client;
    this.#others = others;
    this.#rules = rules;
    this.#timer = setInterval(() => void this.#look(), rules.silenceMs / 6);
  }

  add(stream: Stream): void {
    const alone = ![...this.#streams].some((other) => other.parent.name === stream.parent.name);
    if (alone) this.heard(stream.parent);
    this.#streams.add(stream);
  }

  remove(stream: Stream): void {
    this.#streams.delete(stream);
  }

  heard(parent: Parent): void {
    this.#lastByteAt.set(parent.name, performance.now());
    this.#suspectedAt.delete(parent.name);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      for (const stream of this.#oldestPerParent()) await this.#judge(stream);
    } finally {
      this.#looking = false;
    }
  }

  async #judge(stream: Stream): Promise<void> {
    const { parent } = stream;
    if (this.#silenceOf(parent) < this.#rules.silenceMs) return;
    const alive = await this.#client.answers(parent, answerWithinMs);
    if (this.#silenceOf(parent) < this.#rules.silenceMs) return;
    if (!alive) return this.#leave(parent, `no byte and no answer for ${this.#rules.silenceMs} ms`);
    if (this.#silenceOf(parent) < this.#rules.patienceMs) return;
    for (const other of this.#others(parent)) {
      if (await this.#client.hasByte(other, stream.digest, stream.offset(), answerWithinMs)) {
        return this.#suspect(parent, other);
      }
    }
  }

  /** After a break further up is mended, bytes come to all within moments: who leaves in that moment asks for them twice. */
  #suspect(parent: Parent, other: Parent): void {
    const since = this.#suspectedAt.get(parent.name) ?? performance.now();
    this.#suspectedAt.set(parent.name, since);
    if (performance.now() - since < this.#rules.silenceMs) return;
    this.#leave(parent, `no byte for ${this.#rules.patienceMs} ms while ${other.name} has more`);
  }

  #leave(parent: Parent, reason: string): void {
    for (const stream of this.#streams) {
      if (stream.parent.name === parent.name) stream.cancel(new Error(reason));
    }
  }

  #silenceOf(parent: Parent): number {
    return performance.now() - (this.#lastByteAt.get(parent.name) ?? 0);
  }

  #oldestPerParent(): readonly Stream[] {
    const first = new Map<string, Stream>();
    for (const stream of this.#streams) {
      if (!first.has(stream.parent.name)) first.set(stream.parent.name, stream);
    }
    return [...first.values()];
  }
}
