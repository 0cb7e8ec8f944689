import { killProcess } from '../../../installer/base/kill-process.ts';
import { agentPids } from '../../contract/seed/agent-pids.ts';
import type { Bar } from './arm.ts';
import type { BenchSite } from './bench-site.ts';

/** Something that happens to the node in the middle of the chain. */
export interface Fault {
  readonly name: string;
  readonly title: string;
  readonly bar: Bar;
  /** Share of everything that the node has when it strikes; 0 is before the start. */
  readonly share: number;
  /** Whether the node is lost by it. */
  readonly isFatal: boolean;
  strike(site: BenchSite, victim: number): Promise<void>;
  /** Puts the network back. */
  mend?(site: BenchSite, victim: number): Promise<void>;
  /** The one time that is judged, out of those of all other nodes. */
  judge(others: readonly number[]): number;
}

const share = 0.35;
const last = (times: readonly number[]): number => Math.max(...times);

/** By its place in the chain; link 0 is the source's. */
export function victimOf(site: BenchSite): number {
  return Math.ceil(site.nodes.length / 2);
}

export const faults: readonly Fault[] = [
  {
    name: 'kill',
    title: 'the agent in mid-chain killed at 35 %; the others',
    bar: { ratio: 1.25, egress: 1.3 },
    share,
    isFatal: true,
    async strike(site, victim) {
      for (const pid of await agentPids(site.nodes[victim - 1]?.directory ?? '')) killProcess(pid);
    },
    judge: last,
  },
  {
    name: 'black-hole',
    title: 'the plug of the node in mid-chain pulled at 35 %; the others',
    bar: { ratio: 1.4, egress: 1.3 },
    share,
    isFatal: true,
    strike: (site, victim) => site.network.linkDown(victim),
    mend: (site, victim) => site.network.linkUp(victim),
    judge: last,
  },
  {
    name: 'straggler',
    title: 'the node in mid-chain on a link of a quarter of the speed; p90 of the others',
    bar: { ratio: 1.25, egress: 1.3 },
    share: 0,
    isFatal: false,
    strike: (site, victim) => site.network.setSpeed(victim, site.megabitsPerSecond / 4),
    mend: (site, victim) => site.network.setSpeed(victim, site.megabitsPerSecond),
    judge: (others) => others.toSorted((a, b) => a - b)[Math.ceil(others.length * 0.9) - 1] ?? Number.NaN,
  },
];
