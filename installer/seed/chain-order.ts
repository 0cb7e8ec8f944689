import { isIPv4 } from 'node:net';
import { median } from '../base/median.ts';
import { count } from '../base/units.ts';

export interface ChainNode {
  readonly name: string;
  readonly address: string;
  /** What shares a switch, as the inventory says. */
  readonly rack?: string | undefined;
  /** As the node's own kernel says of the link that it is reached by. */
  readonly linkMbits?: number | undefined;
}

export interface ChainOrder {
  /** Each chain's nodes in the order in which they feed each other; the source feeds the first of each. */
  readonly chains: readonly (readonly string[])[];
  /** Why it is this one, for people. */
  readonly reasons: readonly string[];
}

/** Of the usual speed: whoever is slower would slow down all behind it. */
const slowShare = 0.5;

/**
 * The order in which nodes feed each other in so many chains. A chain passes each rack (each network, where no rack is named) once, so that a link
 * between two of them carries everything once; nodes with a slow link come last, where nobody but slower ones depends on them.
 */
export function chainOrder(nodes: readonly ChainNode[], chains = 1): ChainOrder {
  const usual = median(nodes.flatMap(({ linkMbits }) => linkMbits ?? [])) ?? 0;
  const isSlow = ({ linkMbits = usual }: ChainNode): boolean => linkMbits < usual * slowShare;
  const slow = [...groupsOf(nodes.filter(isSlow)).values()]
    .flat()
    .toSorted((a, b) => (b.linkMbits ?? 0) - (a.linkMbits ?? 0));
  const quick = nodes.filter((node) => !isSlow(node));
  const parts = shareOut(quick, chains);
  for (const node of slow) shortest(parts).push(node);
  const reasons = [reasonOfGroups(quick)];
  if (parts.length > 1)
    reasons.push(
      `${parts.length} chains, because this machine's link carries as many at the speed of a node's`,
    );
  for (const { name, linkMbits = 0 } of slow)
    reasons.push(`${name} last, with ${speed(linkMbits)} where ${speed(usual)} is usual`);
  return { chains: parts.map((part) => part.map(({ name }) => name)), reasons };
}

/** Whole groups to the chain that is shortest, the largest first; a group larger than a chain's share is parted. */
function shareOut(nodes: readonly ChainNode[], chains: number): ChainNode[][] {
  const share = Math.ceil(nodes.length / chains);
  const pieces = [...groupsOf(nodes).values()].flatMap((members) =>
    Array.from({ length: Math.ceil(members.length / share) }, (_unused, index) =>
      members.slice(index * share, (index + 1) * share),
    ),
  );
  const parts: ChainNode[][] = Array.from({ length: chains }, () => []);
  const ordered = chains === 1 ? pieces : pieces.toSorted((a, b) => b.length - a.length);
  for (const piece of ordered) shortest(parts).push(...piece);
  return parts;
}

function shortest(parts: ChainNode[][]): ChainNode[] {
  return parts.reduce((best, part) => (part.length < best.length ? part : best));
}

/** Groups and what is in them as they come. */
function groupsOf(nodes: readonly ChainNode[]): Map<string, ChainNode[]> {
  return Map.groupBy(nodes, groupOf);
}

function groupOf({ rack, address }: ChainNode): string {
  return rack === undefined ? `network ${networkOf(address)}` : `rack ${rack}`;
}

/** By the usual size of one, because a wrong guess costs little: a longer way for some bytes. */
function networkOf(address: string): string {
  return isIPv4(address)
    ? `${address.split('.').slice(0, 3).join('.')}.0/24`
    : `${address.split(':').slice(0, 4).join(':')}::/64`;
}

function reasonOfGroups(chain: readonly ChainNode[]): string {
  const groups = [...groupsOf(chain)];
  if (groups.length < 2) return 'in the order of the inventory, because all are in one place';
  return `by place: ${groups.map(([group, members]) => `${group} (${count(members.length, 'node')})`).join(', ')}`;
}

function speed(mbits: number): string {
  return mbits >= 1000 ? `${mbits / 1000} Gbit/s` : `${mbits} Mbit/s`;
}
