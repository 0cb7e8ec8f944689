import { table } from '../../../installer/cli/table.ts';
import { median, spread } from '../distribution.ts';
import type { Comparison } from './section.ts';

interface Ratio {
  readonly name: string;
  readonly against: string;
  readonly about: string;
  readonly oursMs: readonly number[];
  readonly otherMs: readonly number[];
  readonly ratios: readonly number[];
  readonly bar: number | undefined;
}

/** Our time over the other's, run by run. Below 1 is faster. */
export function ratiosOf({ name, about, ours, others, bars }: Comparison): readonly Ratio[] {
  return Object.entries(others).map(([against, times]) => ({
    name,
    against,
    about,
    oursMs: ours,
    otherMs: times,
    ratios: ours.map((ms, run) => ms / (times[run] ?? Number.NaN)),
    bar: bars[against],
  }));
}

/** Whether the median is within the bar. For people to see: a timing fails nothing. */
function verdict({ ratios, bar }: Pick<Ratio, 'ratios' | 'bar'>): string {
  if (bar === undefined) return '-';
  return `bar ${median(ratios) <= bar ? 'met' : 'missed'} (${bar.toFixed(2)})`;
}

/** A line for each ratio: median (least..most) of ours, of the other's, of the one over the other, and what to think of it. */
export function ratioTable(ratios: readonly Ratio[]): string {
  const rows = ratios.map((one) => [
    one.name,
    one.against,
    spread(one.oursMs, 0),
    spread(one.otherMs, 0),
    spread(one.ratios, 2),
    verdict(one),
    one.about,
  ]);
  return table([['WHAT', 'AGAINST', 'OURS ms', 'OTHER ms', 'RATIO', 'BAR', ''], ...rows]);
}
