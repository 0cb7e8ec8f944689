import { table } from '../../../installer/cli/table.ts';
import { median } from '../distribution.ts';

export interface BenchRun {
  readonly arm: string;
  readonly nodes: number;
  readonly megabitsPerSecond: number;
  readonly allMs: number;
  readonly bootMs: number | undefined;
  readonly boundMs: number;
  readonly bootBoundMs: number;
  readonly sourceShare: number;
  readonly cpuSecondsPerGb: number;
  readonly idleShare: number;
  readonly peakRssBytes: number | undefined;
  readonly notes: readonly string[];
}

/** A run on a machine that was busy measures the machine. */
export const leastIdleShare = 0.1;

/** One line for each arm and number of nodes: medians, spread, and how far from what is possible. */
export function summaryTable(runs: readonly BenchRun[]): string {
  const header = [
    'nodes',
    'arm',
    'runs',
    'all: median',
    'min..max',
    'of bound',
    'boot: median',
    'of bound',
    'egress/B',
    'CPU s/GB',
    'RSS MB',
    'idle',
  ];
  const groups = Map.groupBy(runs, ({ nodes, arm }) => `${nodes}/${arm}`);
  const rows = [...groups.values()].map((group) => {
    const [first] = group as [BenchRun];
    const of = (pick: (run: BenchRun) => number): number => median(group.map(pick));
    const times = group.map(({ allMs }) => allMs / 1000);
    const boot = group.flatMap(({ bootMs }) => bootMs ?? []);
    const good = group.filter(({ idleShare }) => idleShare >= leastIdleShare).length;
    return [
      String(first.nodes),
      first.arm,
      good === group.length
        ? String(group.length)
        : `${group.length} (${group.length - good} on a busy machine)`,
      `${of(({ allMs }) => allMs / 1000).toFixed(2)} s`,
      `${Math.min(...times).toFixed(2)}..${Math.max(...times).toFixed(2)}`,
      `${of(({ allMs, boundMs }) => allMs / boundMs).toFixed(2)}x`,
      boot.length === 0 ? '-' : `${(median(boot) / 1000).toFixed(2)} s`,
      boot.length === 0 ? '-' : `${(median(boot) / first.bootBoundMs).toFixed(2)}x`,
      of(({ sourceShare }) => sourceShare).toFixed(3),
      of(({ cpuSecondsPerGb }) => cpuSecondsPerGb).toFixed(1),
      first.peakRssBytes === undefined
        ? '-'
        : String(Math.round(of(({ peakRssBytes }) => peakRssBytes ?? 0) / 1e6)),
      `${Math.round(of(({ idleShare }) => idleShare) * 100)} %`,
    ];
  });
  return table([header, ...rows]);
}
