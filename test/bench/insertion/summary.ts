import { table } from '../../../installer/cli/table.ts';
import { median, spread } from '../distribution.ts';
import type { Insertion } from './arms.ts';

/** One way on one empty containerd: the images once, and once more. */
export interface Run {
  readonly cold: Insertion;
  readonly warm: Insertion;
  readonly containerdRssBytes: number;
}

/** A line for each thing compared, the memory it took, and what a cut costs; the arms in the order adopted, streamed, ctr. */
export function report(
  [adopted = [], streamed = [], ctr = []]: readonly Run[][],
  resent: readonly number[],
): string {
  const line = (
    what: string,
    runs: readonly Run[],
    of: (run: Run) => number,
    other: (run: Run) => number,
  ): readonly string[] => {
    const [ownMs, ctrMs] = [runs.map(of), ctr.map(other)];
    const ratios = ownMs.map((ms, round) => ms / (ctrMs[round] ?? Number.NaN));
    return [
      what,
      spread(ownMs, 0),
      spread(ctrMs, 0),
      spread(ratios, 4),
      `${(1 / median(ratios)).toFixed(1)}x`,
    ];
  };
  const cold = ({ cold: { ms } }: Run): number => ms;
  const warm = ({ warm: { ms } }: Run): number => ms;
  const coldWithStart = ({ cold: { ms, startMs } }: Run): number => ms + startMs;
  const warmWithStart = ({ warm: { ms, startMs } }: Run): number => ms + startMs;
  const megabytes = (runs: readonly Run[], of: (run: Run) => number): string =>
    spread(
      runs.map((run) => of(run) / 1e6),
      0,
    );
  const memory = (name: string, runs: readonly Run[]): string =>
    `  ${name}: ${megabytes(runs, ({ cold: { peakRssBytes: bytes } }) => bytes)}, containerd ${megabytes(runs, ({ containerdRssBytes }) => containerdRssBytes)}`;
  return [
    `Median (least..most) of ${ctr.length}. RATIO: our time over that of ctr images import, run by run; below 1 is faster.`,
    table([
      ['WHAT', 'OURS ms', 'CTR ms', 'RATIO', 'FASTER'],
      line('cold, adopted by hard link', adopted, cold, cold),
      line('cold, streamed over gRPC', streamed, cold, cold),
      line('everything there, adopted before', adopted, warm, warm),
      line('everything there, streamed before', streamed, warm, warm),
      line('cold, adopted, with the start of the agent', adopted, coldWithStart, cold),
      line('everything there, with the start of the agent', adopted, warmWithStart, warm),
    ]),
    '',
    'Peak memory, MB: of the program that inserts into an empty containerd, and of containerd',
    memory('agent, adopted', adopted),
    memory('agent, streamed', streamed),
    memory('ctr images import', ctr),
    '',
    `A stream that is cut: ${spread(
      resent.map((bytes) => bytes / 1024),
      0,
    )} KiB come twice for each blob in flight.`,
  ].join('\n');
}

/** What these figures do not tell, in one line; `disk` is the file system of the data root. */
export function limits(disk: string): string {
  return `Data root on ${disk}; the seed store, the archive and containerd share it, and both are read from memory. The agent runs already unless said otherwise. Adopting reads and syncs no blob: that was paid when it was received. One machine, its cores and disk shared by all.`;
}
