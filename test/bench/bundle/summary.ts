import type { Comparison } from './section.ts';

interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  return { min: at(0), median, max: at(sorted.length - 1) };
}

export interface Ratio extends Spread {
  readonly name: string;
  readonly against: string;
  readonly about: string;
  readonly oursMs: Spread;
  readonly otherMs: Spread;
}

/** Our time over the other's, run by run. Below 1 is faster. */
export function ratiosOf({ name, about, ours, others }: Comparison): Ratio[] {
  return Object.entries(others).map(([against, times]) => ({
    name,
    against,
    about,
    oursMs: spread(ours),
    otherMs: spread(times),
    ...spread(ours.map((ms, run) => ms / (times[run] ?? Number.NaN))),
  }));
}

export function ratioTable(ratios: readonly Ratio[]): string {
  const cells = (one: Spread, digits: number): string =>
    `${one.median.toFixed(digits)} (${one.min.toFixed(digits)}..${one.max.toFixed(digits)})`;
  const rows = ratios.map((one) => [
    one.name,
    one.against,
    cells(one.oursMs, 0),
    cells(one.otherMs, 0),
    cells(one, 2),
    one.about,
  ]);
  const all = [['WHAT', 'AGAINST', 'OURS ms', 'OTHER ms', 'RATIO', ''], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
