import { spawn } from 'node:child_process';
import process from 'node:process';
import { PerimeterError } from '../../base/errors.ts';
import { forEachLine } from '../build/run-step.ts';

export interface Par2Run {
  readonly exitCode: number;
  /** What it said, without its percentages and empty lines. */
  readonly lines: readonly string[];
}

export interface Par2Options {
  readonly cwd: string;
  readonly signal?: AbortSignal | undefined;
  /** Called with every line as it comes, percentages included: "Processing: 12.3%". */
  readonly onLine?: (line: string) => void;
  /** What to do about it when the program is not there. */
  readonly howToGet?: string | undefined;
}

/** Runs the program par2 and gives what it said; what its exit code means is for the caller. Raises E_MACHINE_UNFIT without it. */
export async function par2(argv: readonly string[], options: Par2Options): Promise<Par2Run> {
  const { cwd, signal, onLine = () => {}, howToGet = 'apt-get install par2' } = options;
  const lines: string[] = [];
  const take = (line: string): void => {
    onLine(line);
    if (line.trim() !== '' && !line.endsWith('%')) lines.push(line.trim());
  };
  const exitCode = await new Promise<number>((resolve, reject) => {
    const child = spawn('par2', argv, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
      ...(signal === undefined ? {} : { signal }),
    });
    // A percentage is written over the one before: both ends of a line count.
    for (const stream of [child.stdout, child.stderr]) forEachLine(stream, take, /[\r\n]/);
    child.once('error', (cause) =>
      reject((cause as NodeJS.ErrnoException).code === 'ENOENT' ? absent(howToGet, cause) : cause),
    );
    child.once('close', (code) => resolve(code ?? 1));
  });
  signal?.throwIfAborted();
  return { exitCode, lines };
}

function absent(howToGet: string, cause: unknown): PerimeterError {
  return new PerimeterError('E_MACHINE_UNFIT', {
    message: 'Parity is computed by the program par2, which is not there',
    hint: howToGet,
    cause,
  });
}
