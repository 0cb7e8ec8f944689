import { spawn } from 'node:child_process';
import process from 'node:process';
import { isPerimeterError, PerimeterError } from '../../base/errors.ts';

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
}

/** Runs the program par2 and gives what it said; what its exit code means is for the caller. Raises E_MACHINE_UNFIT without it. */
export async function par2(argv: readonly string[], options: Par2Options): Promise<Par2Run> {
  const { cwd, signal, onLine = () => {} } = options;
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
    for (const stream of [child.stdout, child.stderr]) eachLine(stream, take);
    child.once('error', (cause) =>
      reject((cause as NodeJS.ErrnoException).code === 'ENOENT' ? absent(cause) : cause),
    );
    child.once('close', (code) => resolve(code ?? 1));
  });
  signal?.throwIfAborted();
  return { exitCode, lines };
}

export async function hasPar2(): Promise<boolean> {
  try {
    await par2(['--version'], { cwd: '/' });
    return true;
  } catch (error) {
    if (isPerimeterError(error, 'E_MACHINE_UNFIT')) return false;
    throw error;
  }
}

function absent(cause: unknown): PerimeterError {
  return new PerimeterError('E_MACHINE_UNFIT', {
    message: 'Parity is computed by the program par2, which is not there',
    hint: 'apt-get install par2',
    cause,
  });
}

/** A percentage is written over the one before: both ends of a line count. */
function eachLine(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  let rest = '';
  stream.on('data', (chunk: Buffer | string) => {
    const lines = (rest + String(chunk)).split(/[\r\n]/);
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
  stream.on('end', () => take(rest));
}
