import { table } from '../../../installer/cli/table.ts';
import { median } from '../distribution.ts';
import type { Bar } from './arm.ts';

export interface BenchRun {
  readonly arm: string;
  readonly megabytes: number;
  readonly nodes: number;
  readonly megabitsPerSecond: number;
  readonly allMs: number;
  readonly receivedMs: number | undefined;
  readonly bootMs: number | undefined;
  readonly boundMs: number;
  readonly bootBoundMs: number;
  readonly sourceShare: number;
  /** The same, of blobs only, where a way can tell. */
  readonly blobShare: number | undefined;
  readonly cpuSecondsPerGb: number;
  readonly idleShare: number;
  readonly peakRssBytes: number | undefined;
  readonly bar: Bar | undefined;
  readonly notes: readonly string[];
}

/** A run on a machine that was busy measures the machine. */
export const leastIdleShare = 0.1;
/** Most memory that an agent may take. */
const mostRssBytes = 150e6;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const times = (ratio: number): string => `${ratio.toFixed(2)}x`;
const header = [
  'MB',
  'nodes',
  'Mbit/s',
  'arm',
  'runs',
  'loaded: median',
  'min..max',
  'of bound',
  'received',
  'boot',
  'egress/B',
  'CPU s/GB',
  'RSS MB',
  'idle',
  'bars',
];

/** One line for each case: medians, spread, how far from what is possible, and whether that is near enough. */
export function summaryTable(runs: readonly BenchRun[]): string {
  const groups = Map.groupBy(runs, ({ megabytes, nodes, megabitsPerSecond, arm }) =>
    [megabytes, nodes, megabitsPerSecond, arm].join('/'),
  );
  return table([header, ...[...groups.values()].map((group) => rowOf(group))]);
}

function rowOf(group: readonly BenchRun[]): readonly string[] {
  const [first] = group as [BenchRun];
  const of = (pick: (run: BenchRun) => number): number => median(group.map(pick));
  const all = group.map(({ allMs }) => allMs / 1000);
  const good = group.filter(({ idleShare }) => idleShare >= leastIdleShare).length;
  const busy = group.length - good;
  return [
    String(first.megabytes),
    String(first.nodes),
    String(first.megabitsPerSecond),
    first.arm,
    busy === 0 ? String(group.length) : `${group.length} (${busy} on a busy machine)`,
    seconds(of(({ allMs }) => allMs)),
    `${Math.min(...all).toFixed(2)}..${Math.max(...all).toFixed(2)}`,
    times(of(({ allMs, boundMs }) => allMs / boundMs)),
    first.receivedMs === undefined ? '-' : times(of(({ receivedMs = 0, boundMs }) => receivedMs / boundMs)),
    first.bootMs === undefined ? '-' : times(of(({ bootMs = 0, bootBoundMs }) => bootMs / bootBoundMs)),
    of(({ sourceShare }) => sourceShare).toFixed(3),
    of(({ cpuSecondsPerGb }) => cpuSecondsPerGb).toFixed(1),
    first.peakRssBytes === undefined ? '-' : (of(({ peakRssBytes = 0 }) => peakRssBytes) / 1e6).toFixed(0),
    `${Math.round(of(({ idleShare }) => idleShare) * 100)} %`,
    judged(group).join(', '),
  ];
}

/** Every bar of an arm in words, with what was missed in capitals. */
function judged(group: readonly BenchRun[]): readonly string[] {
  const [first] = group as [BenchRun];
  const { bar } = first;
  if (bar === undefined) return ['-'];
  const say = (text: string, isMet: boolean): string => (isMet ? text : `MISSED ${text}`);
  const of = (pick: (run: BenchRun) => number): number => median(group.map(pick));
  const { ratio, ms, egress } = bar;
  return [
    ratio === undefined
      ? []
      : say(`<= ${times(ratio)}`, of(({ allMs, boundMs }) => allMs / boundMs) <= ratio),
    ms === undefined ? [] : say(`< ${seconds(ms)}`, of(({ allMs }) => allMs) < ms),
    say(`blobs <= ${egress} B`, of(({ blobShare = 0 }) => blobShare) <= egress),
    say(`RSS <= ${mostRssBytes / 1e6} MB`, of(({ peakRssBytes = 0 }) => peakRssBytes) <= mostRssBytes),
  ].flat();
}
