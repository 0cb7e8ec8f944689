import { formatBytes } from '../base/units.ts';
import { Pace } from './pace.ts';

export interface ConductorRules {
  /** Over how long a node's pace is taken. */
  readonly windowMs: number;
  /** Share of its parent's pace below which a node that falls behind is a straggler. */
  readonly slowShare: number;
  /** Bytes it must have fallen behind: less is noise. */
  readonly behindBytes: number;
  /** Bytes that the first node must still lack for a comparison to be worth what it costs. */
  readonly leftBytes: number;
}

export const conductorRules: ConductorRules = {
  windowMs: 5000,
  slowShare: 0.45,
  behindBytes: 16 << 20,
  leftBytes: 32 << 20,
};

/** When more than one in four are slow, it is not they who are odd. */
const mostMovedShare = 4;

/**
 * Decides on the order of the chain while it runs. A node that is much slower than the one it receives from would slow down
 * all behind it, so it becomes a leaf: it hangs on the end of the chain and nobody depends on it. A node that is lost leaves.
 */
export class Conductor {
  readonly #rules: ConductorRules;
  readonly #totalBytes: number;
  readonly #paces = new Map<string, Pace>();
  #chain: readonly string[];
  #leaves: readonly string[] = [];
  /** Those that came after the others had begun: they receive, and nobody depends on them. */
  #late: readonly string[] = [];
  /** First nodes that were compared already. */
  readonly #compared = new Set<string>();

  constructor(order: readonly string[], totalBytes: number, rules: ConductorRules = conductorRules) {
    this.#chain = order;
    this.#totalBytes = totalBytes;
    this.#rules = rules;
    for (const name of order) this.#paces.set(name, new Pace(rules.windowMs));
  }

  get order(): readonly string[] {
    return [...this.#chain, ...this.#leaves, ...this.#late];
  }

  /** Takes in a node that got ready only after the others had begun. */
  join(name: string): void {
    this.#late = [...this.#late, name];
    this.#paces.set(name, new Pace(this.#rules.windowMs));
  }

  /** Those whom a node may receive from, in the order of the chain: the last one is its neighbour. */
  ahead(name: string): readonly string[] {
    const position = this.#chain.indexOf(name);
    return position === -1 ? this.#chain : this.#chain.slice(0, position);
  }

  /** Takes note of how far a node is; gives the reason in words when that changed the order. */
  progress(name: string, atMs: number, verifiedBytes: number): string | undefined {
    const pace = this.#paces.get(name);
    pace?.add(atMs, verifiedBytes);
    const isLast = this.#chain.at(-1) === name;
    if (pace?.rate === undefined || isLast || !this.#chain.includes(name)) return undefined;
    if (verifiedBytes >= this.#totalBytes || this.#isEveryoneSlow()) return undefined;
    const parent = this.ahead(name).at(-1) ?? '';
    const ahead = this.#paces.get(parent);
    if (ahead === undefined || ahead.bytes - verifiedBytes < this.#rules.behindBytes) return undefined;
    const wanted = this.#paceOf(ahead);
    if (pace.rate >= wanted * this.#rules.slowShare) return undefined;
    return this.#toTheEnd(name, pace.rate, `${parent} had ${formatBytes(wanted * 1000)}`);
  }

  /**
   * The first node, who has nobody ahead to be compared with, and the one behind it, who could try how much the source gives. Once for each that
   * becomes the first, when its pace is known and enough is left for that to matter.
   */
  headToCompare(): { readonly head: string; readonly next: string } | undefined {
    const [head, next] = this.#chain;
    if (head === undefined || next === undefined || this.#compared.has(head)) return undefined;
    const pace = this.#paces.get(head);
    if (pace?.rate === undefined || this.#totalBytes - pace.bytes < this.#rules.leftBytes) return undefined;
    this.#compared.add(head);
    return { head, next };
  }

  /** Takes note of what the source gives to another, bytes per millisecond; gives the reason in words when that changed the order. */
  compareHead(head: string, next: string, sourceRate: number): string | undefined {
    const rate = this.#paces.get(head)?.rate;
    if (rate === undefined || this.#chain[0] !== head || this.#isEveryoneSlow()) return undefined;
    if (rate >= sourceRate * this.#rules.slowShare) return undefined;
    return this.#toTheEnd(head, rate, `the source gives ${formatBytes(sourceRate * 1000)} to ${next}`);
  }

  /** Takes a node out; true when it was in. */
  lost(name: string): boolean {
    const before = this.order.length;
    this.#late = without(this.#late, name);
    this.#reorder(without(this.#chain, name), without(this.#leaves, name));
    return this.order.length < before;
  }

  /** Makes a node a leaf; gives the reason in words. */
  #toTheEnd(name: string, rate: number, where: string): string {
    this.#reorder(without(this.#chain, name), [...this.#leaves, name]);
    return `${name} goes to the end of the chain: it receives ${formatBytes(rate * 1000)} a second where ${where}`;
  }

  /** Whoever gets another neighbour by this is judged anew. */
  #reorder(chain: readonly string[], leaves: readonly string[]): void {
    const before = new Map(this.order.map((name) => [name, this.ahead(name).at(-1)]));
    this.#chain = chain;
    this.#leaves = leaves;
    for (const name of this.order) {
      if (this.ahead(name).at(-1) !== before.get(name)) this.#paces.get(name)?.restart();
    }
  }

  /** A parent that has everything stands still; then what counts is what it could do. */
  #paceOf(parent: Pace): number {
    return parent.bytes >= this.#totalBytes ? parent.best : (parent.rate ?? 0);
  }

  #isEveryoneSlow(): boolean {
    return this.#leaves.length >= Math.max(1, this.#paces.size / mostMovedShare);
  }
}

function without(names: readonly string[], name: string): readonly string[] {
  return names.filter((other) => other !== name);
}
