/** What every section gets. */
export interface BenchOptions {
  /** Empty, on the disk, for this section alone; removed afterwards. */
  readonly folder: string;
  readonly repeat: number;
  say(text: string): void;
}

/** Times in ms, run by run: the first of `ours` was taken beside the first of each other. */
export interface Comparison {
  readonly name: string;
  readonly about: string;
  readonly ours: readonly number[];
  readonly others: Readonly<Record<string, readonly number[]>>;
  /** The most that our time may be of another's, by its name, for us to be content; against the rest there is no bar. */
  readonly bars: Bars;
}

type Bars = Readonly<Record<string, number>>;

/** One thing that is done to a bundle, beside what a person would use instead. */
export type Section = (options: BenchOptions) => Promise<readonly Comparison[]>;

/** Runs all arms one after the other, `repeat` times, another one first each time; the arm gets the number of the run. */
export async function paired(
  { repeat, say }: BenchOptions,
  name: string,
  arms: Readonly<Record<string, (run: number) => Promise<void>>>,
): Promise<Record<string, number[]>> {
  const names = Object.keys(arms);
  const times: Record<string, number[]> = Object.fromEntries(names.map((arm) => [arm, []]));
  for (let run = 0; run < repeat; run += 1) {
    for (const arm of inTurn(names, run)) times[arm]?.push(await timeOf(async () => await arms[arm]?.(run)));
    say(
      `  ${name} ${run + 1}/${repeat}: ${names.map((arm) => `${arm} ${times[arm]?.at(-1)?.toFixed(0)} ms`).join(', ')}`,
    );
  }
  return times;
}

/** Another one first in each run, so that none always comes after the same. */
export function inTurn(names: readonly string[], run: number): readonly string[] {
  return names.map((_, index) => names[(index + run) % names.length] ?? '');
}

export async function timeOf(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** The arm `ours` against all others. */
export function comparison(
  name: string,
  about: string,
  times: Readonly<Record<string, readonly number[]>>,
  bars: Bars,
): Comparison {
  const { ours = [], ...others } = times;
  return { name, about, ours, others, bars };
}
