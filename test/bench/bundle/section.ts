import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { BundleTrust } from '../../../installer/bundle/trust.ts';
import { median } from '../distribution.ts';

/** One thing that is measured, side by side with what a person would use instead. */
export interface Section {
  readonly name: string;
  readonly title: string;
  run(input: SectionInput): Promise<readonly string[]>;
}

export interface SectionInput {
  /** A real bundle, signed by a key of `trust`. */
  readonly file: string;
  readonly sizeBytes: number;
  readonly trust: BundleTrust;
  readonly rounds: number;
  readonly signal: AbortSignal;
}

const runFile = promisify(execFile);

/** Runs a program and returns how long it took, in ms. */
export async function timeProgram(program: string, ...args: readonly string[]): Promise<number> {
  return await timed(async () => void (await runFile(program, [...args], { maxBuffer: 1 << 26 })));
}

export async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** "1.05x (0.98..1.11)" of paired values: how many times as fast as the other ours is. */
export function ratio(oursMs: readonly number[], othersMs: readonly number[]): string {
  const ratios = oursMs.map((ours, round) => (othersMs[round] ?? Number.NaN) / ours);
  const of = (value: number): string => value.toFixed(2);
  return `${of(median(ratios))}x (${of(Math.min(...ratios))}..${of(Math.max(...ratios))})`;
}

export function rate(sizeBytes: number, ms: readonly number[]): string {
  return `${(sizeBytes / 1e3 / median(ms)).toFixed(0)} MB/s`;
}
