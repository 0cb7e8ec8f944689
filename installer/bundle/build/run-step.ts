import process from 'node:process';
import { ProcessOutput, type ProcessPromise, $ as zx } from 'zx';
import { stepFailure } from './step-failure.ts';

export interface StepOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Called with every line that the command writes to its standard error. */
  readonly onLine?: (line: string) => void;
  /** For the error: what the command was to make, such as "artifact etcd". */
  readonly what: string;
}

/** How much of a failed command's last words is shown. */
const lastLines = 20;

/**
 * A step of a build as a person would type it: step({ what })`go build -o ${out} ${packages}`. Values are quoted. Returns what
 * it wrote to standard output. Raises E_BUILD_FAILED with the command's last lines, E_DISK_FULL when
 * these say so.
 */
export function step(
  options: StepOptions,
): (pieces: TemplateStringsArray, ...values: readonly unknown[]) => Promise<string> {
  return async (pieces, ...values) => {
    const tail: string[] = [];
    const configured = zx({
      quiet: true,
      verbose: false,
      env: { ...callersEnvironment(), ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const running: ProcessPromise = configured(pieces, ...(values as string[]));
    forEachLine(running.stderr, (line) => {
      options.onLine?.(line);
      // With -v Go names every package on a line of its own: those are no news when something failed.
      if (!/^[\w.~/-]+$/.test(line)) tail.push(line);
      if (tail.length > lastLines) tail.shift();
    });
    try {
      return (await running).stdout;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof ProcessOutput)) throw error;
      // `go mod download -json` tells what went wrong where others write their result.
      const lines = tail.length > 0 ? tail : error.stdout.trim().split('\n').slice(-lastLines);
      const ended = error.exitCode ?? error.signal;
      throw stepFailure({ what: options.what, command: pieces[0]?.trim() ?? '', ended, lines });
    }
  };
}

/**
 * Programs are found, and proxies, the module mirror and apt's sources with their keys used, as the caller does; everything else stays
 * out of a build.
 */
function callersEnvironment(): NodeJS.ProcessEnv {
  const wanted =
    /^(PATH|HOME|TMPDIR|APT_CONFIG|GOPROXY|GONOPROXY|GOSUMDB|GONOSUMDB|GOPRIVATE|(https?|no|ftp|all)_proxy)$/i;
  const kept = Object.entries(process.env).filter(([name]) => wanted.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C.UTF-8', TZ: 'UTC', DEBIAN_FRONTEND: 'noninteractive' };
}

/** Takes what a program writes line by line, the last one without its end as well. */
export function forEachLine(
  stream: NodeJS.ReadableStream,
  take: (line: string) => void,
  ends: string | RegExp = '\n',
): void {
  let rest = '';
  stream.on('data', (chunk: Buffer | string) => {
    const lines = (rest + String(chunk)).split(ends);
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
  stream.on('end', () => {
    if (rest !== '') take(rest);
  });
}
