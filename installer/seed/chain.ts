import type { Parent } from '../agent/protocol.ts';

/** How many peers ahead of a node it may fall back on, before the source. */
const peersAhead = 3;

/** The parents of a node that has these peers ahead of it in the chain, best first; the source is always the last. */
export function parentsOf(ahead: readonly Parent[], source: Parent): readonly Parent[] {
  return [...ahead.slice(-peersAhead).toReversed(), source];
}
