import { formatBytes } from '../base/units.ts';
import { Pace } from './pace.ts';

export interface ConductorRules {
  /** Over how long a node's pace is taken. */
  readonly windowMs: number;
  /** Share of its parent's pace below which a node that falls behind is a straggler. */
  readonly slowShare: number;
  /** Bytes it must have fallen behind: less is noise. */
  readonly behindBytes: number;
}

export const conductorRules: ConductorRules = { windowMs: 5000, slowShare: 0.45, behindBytes: 16 << 20 };

/** When more than one in four are slow, it is not they who are odd. */
const mostMovedShare = 4;

/**
 * Decides on the order of the chain while it runs. A node that is much slower than the one it receives from would slow down
 * all behind it, so it goes to the tail, where nobody depends on it. A node that is lost leaves the chain.
 */
export class Conductor {
  readonly #rules: ConductorRules;
  readonly #totalBytes: number;
  readonly #paces = new Map<string, Pace>();
  readonly #moved = new Set<string>();
  #order: readonly string[];

  constructor(order: readonly string[], totalBytes: number, rules: ConductorRules = conductorRules) {
    this.#order = order;
    this.#totalBytes = totalBytes;
    this.#rules = rules;
    for (const name of order) this.#paces.set(name, new Pace(rules.windowMs));
  }

  get order(): readonly string[] {
    return this.#order;
  }

  /** Takes note of how far a node is; gives the reason in words when that changed the order. */
  progress(name: string, atMs: number, verifiedBytes: number): string | undefined {
    const pace = this.#paces.get(name);
    pace?.add(atMs, verifiedBytes);
    const position = this.#order.indexOf(name);
    const parent = this.#order[position - 1];
    if (pace?.rate === undefined || parent === undefined || this.#isTail(position)) return undefined;
    if (this.#moved.size >= Math.max(1, this.#paces.size / mostMovedShare)) return undefined;
    if (this.#moved.has(name) || verifiedBytes >= this.#totalBytes) return undefined;
    const ahead = this.#paces.get(parent);
    if (ahead === undefined || ahead.bytes - verifiedBytes < this.#rules.behindBytes) return undefined;
    const wanted = this.#paceOf(ahead);
    if (pace.rate >= wanted * this.#rules.slowShare) return undefined;
    this.#moved.add(name);
    const reason = `${name} goes to the tail: it receives ${formatBytes(pace.rate * 1000)} a second where ${parent} had ${formatBytes(wanted * 1000)}`;
    this.#reorder([...this.#order.filter((other) => other !== name), name]);
    return reason;
  }

  /** Takes a node out of the chain; true when it was in it. */
  lost(name: string): boolean {
    const before = this.#order.length;
    this.#reorder(this.#order.filter((other) => other !== name));
    return this.#order.length < before;
  }

  /** Whoever gets another parent by this is judged anew. */
  #reorder(order: readonly string[]): void {
    const parentIn = (list: readonly string[], name: string): string | undefined =>
      list[list.indexOf(name) - 1];
    for (const name of order) {
      if (parentIn(order, name) !== parentIn(this.#order, name)) this.#paces.get(name)?.restart();
    }
    this.#order = order;
  }

  /** A parent that has everything stands still; then what counts is what it could do. */
  #paceOf(parent: Pace): number {
    return parent.bytes >= this.#totalBytes ? parent.best : (parent.rate ?? 0);
  }

  /** Nodes at the end that were all moved there are the tail: nobody healthy depends on them. */
  #isTail(position: number): boolean {
    return (
      this.#order.slice(position).every((name) => this.#moved.has(name)) ||
      position === this.#order.length - 1
    );
  }
}
