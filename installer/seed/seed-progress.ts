import type { AgentEvent } from '../agent/protocol.ts';
import type { Hands } from '../engine/phase.ts';

/** What agents tell, for the person who watches: how far all are together, and each node with whom it receives from now. */
export class SeedProgress {
  readonly #verified = new Map<string, number>();
  readonly #totalBytes: number;
  readonly #nodes: number;
  readonly #hands: Pick<Hands, 'note' | 'progress' | 'part'>;

  /** `totalBytes`: of the plan, which each of so many nodes is to have. */
  constructor(totalBytes: number, nodes: number, hands: Pick<Hands, 'note' | 'progress' | 'part'>) {
    this.#totalBytes = totalBytes;
    this.#nodes = nodes;
    this.#hands = hands;
  }

  hear(node: string, event: AgentEvent): void {
    if (event.event !== 'progress') return this.#hands.note(describeEvent(node, event));
    const { verifiedBytes, parent } = event;
    this.#verified.set(node, verifiedBytes);
    const isWhole = verifiedBytes >= this.#totalBytes;
    const from = isWhole || parent === '' ? undefined : `from ${parent}`;
    this.#hands.part(node).progress(verifiedBytes, this.#totalBytes, 'bytes', from);
    const done = [...this.#verified.values()].reduce((sum, bytes) => sum + bytes, 0);
    this.#hands.progress(done, this.#totalBytes * this.#nodes, 'bytes');
  }
}

function describeEvent(node: string, event: Exclude<AgentEvent, { event: 'progress' }>): string {
  if (event.event === 'parent') return `${node} now receives from ${event.to} instead of ${event.from}`;
  if (event.event === 'banned') return `${node} banned ${event.parent}: ${event.reason}`;
  return `${node}: ${event.text}`;
}
