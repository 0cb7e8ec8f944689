import { spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { productDirectory } from '../../installer/base/files.ts';

/** One line of `--output json`: an event while it runs, a result or an error at the end. */
export interface OutputLine {
  readonly kind: string;
  readonly scope?: readonly string[];
  readonly title?: string;
  readonly [key: string]: unknown;
}

export interface Ended {
  /** Null when it was killed. */
  readonly exitCode: number | null;
  readonly lines: readonly OutputLine[];
  readonly stderr: string;
  readonly killedAt?: OutputLine;
}

/** Where a run is to be killed: at the first line that fits, and a moment later, so that the change is under way. */
export interface KillPoint {
  readonly when: (line: OutputLine) => boolean;
  readonly afterMs: number;
}

/** Runs the program as a person would, as a process of its own, and reads what it tells. SIGKILLs it at the kill point. */
export function runPerimeter(argv: readonly string[], kill?: KillPoint): Promise<Ended> {
  const launcher = productDirectory('installer', 'launch.mjs');
  const child = spawn(process.execPath, [launcher, ...argv, '--output', 'json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: OutputLine[] = [];
  let stderr = '';
  let killedAt: OutputLine | undefined;
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-20_000);
  });
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as OutputLine;
    lines.push(line);
    if (kill === undefined || killedAt !== undefined || !kill.when(line)) return;
    killedAt = line;
    setTimeout(() => child.kill('SIGKILL'), kill.afterMs);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) =>
      resolve({ exitCode, lines, stderr, ...(killedAt === undefined ? {} : { killedAt }) }),
    );
  });
}

/** True for the moment at which a phase begins to change one of its targets. */
export function changesIn(phase: string): KillPoint['when'] {
  return (line) => line.kind === 'note' && line.scope?.[0] === phase && line.scope.length === 2;
}

/** The last words of a run, for the message of a failed expectation. */
export function lastWords(ended: Ended): string {
  const end = ended.lines.slice(-6).map((line) => JSON.stringify(line));
  return `exit code ${ended.exitCode}\n${end.join('\n')}\n${ended.stderr}`;
}
