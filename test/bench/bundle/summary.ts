import { table } from '../../../installer/cli/table.ts';
import { spread } from '../distribution.ts';
import type { Comparison } from './section.ts';

interface Ratio {
  readonly name: string;
  readonly against: string;
  readonly about: string;
  readonly oursMs: readonly number[];
  readonly otherMs: readonly number[];
  readonly ratios: readonly number[];
}

/** Our time over the other's, run by run. Below 1 is faster. */
export function ratiosOf({ name, about, ours, others }: Comparison): readonly Ratio[] {
  return Object.entries(others).map(([against, times]) => ({
    name,
    against,
    about,
    oursMs: ours,
    otherMs: times,
    ratios: ours.map((ms, run) => ms / (times[run] ?? Number.NaN)),
  }));
}

/** A line for each ratio: median (least..most) of ours, of the other's, and of the one over the other. */
export function ratioTable(ratios: readonly Ratio[]): string {
  const rows = ratios.map((one) => [
    one.name,
    one.against,
    spread(one.oursMs, 0),
    spread(one.otherMs, 0),
    spread(one.ratios, 2),
    one.about,
  ]);
  return table([['WHAT', 'AGAINST', 'OURS ms', 'OTHER ms', 'RATIO', ''], ...rows]);
}
