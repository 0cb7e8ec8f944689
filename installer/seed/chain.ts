import type { Parent } from '../agent/protocol.ts';

/** How many peers ahead of a node it may fall back on, before the source. */
const peersAhead = 3;

/** The parents of the node at `position` (0 is the first after the source), best first; the source is always the last. */
export function parentsOf(position: number, peers: readonly Parent[], source: Parent): readonly Parent[] {
  return [...peers.slice(Math.max(0, position - peersAhead), position).toReversed(), source];
}
