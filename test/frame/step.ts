import process from 'node:process';
import { execa } from 'execa';
import { productDirectory } from '../../installer/base/files.ts';

export interface StepResult {
  readonly ok: boolean;
  /** How many files were looked at: a gate that examined nothing has failed. */
  readonly examined: number;
  /** Shown when the step failed. */
  readonly output: string;
}

export interface Step {
  readonly name: string;
  run(): Promise<StepResult>;
}

/** Runs a program out of node_modules with the Node that runs this. Never throws; stdout and stderr come together. */
export async function runTool(
  script: string,
  args: readonly string[],
): Promise<{ readonly exitCode: number; readonly output: string }> {
  const result = await execa(process.execPath, [productDirectory('node_modules', script), ...args], {
    cwd: productDirectory(),
    reject: false,
    all: true,
    env: { NO_COLOR: '1', FORCE_COLOR: undefined },
  });
  return { exitCode: result.exitCode ?? 1, output: result.all };
}

/** The first group of a pattern as a number, 0 when it is not there. */
export function numberIn(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 0);
}
