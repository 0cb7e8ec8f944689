import { median } from '../base/median.ts';
import type { KnownLinks } from './seed-request.ts';

/** What the installer's one process reads, encrypts and sends in a second on one core of a usual server. */
const sourceMbitsAtMost = 3200;
/** Of its link that chains may fill: the rest is for SSH, acknowledgements, and nodes that fall back on the source. */
const filledShare = 0.9;
/** A chain of one node is no chain: it would only take from the others what leaves this machine. */
const leastNodes = 2;

/**
 * How many chains this machine feeds beside each other: as many as its link carries at the speed of a node's. More than one makes the way to the
 * last node shorter, and what goes wrong on a node is felt by its own chain only.
 */
export function chainCount({ sourceMbits, nodeMbits, maxBytesPerSecond }: KnownLinks, nodes: number): number {
  const usual = median(Object.values(nodeMbits));
  if (sourceMbits === undefined || usual === undefined) return 1;
  const allowed = maxBytesPerSecond === 0 ? Number.POSITIVE_INFINITY : (maxBytesPerSecond * 8) / 1e6;
  const source = Math.min(Math.min(sourceMbits, allowed) * filledShare, sourceMbitsAtMost);
  const fed = Math.floor(source / Math.min(usual, allowed));
  return Math.max(1, Math.min(fed, Math.floor(nodes / leastNodes)));
}
