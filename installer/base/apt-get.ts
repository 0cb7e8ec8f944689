import { execa } from 'execa';
import { PerimeterError } from './errors.ts';

export interface AptGetOptions {
  readonly signal?: AbortSignal | undefined;
  readonly cwd?: string | undefined;
  /** What went wrong and what to do, where the command alone does not say it. */
  readonly failure?: { readonly message: string; readonly hint: string };
}

/**
 * Runs apt-get on this machine, waiting for another one to end, and returns what it printed. Raises E_MACHINE_UNFIT with its last lines
 * when it fails.
 */
export async function aptGet(argv: readonly string[], options: AptGetOptions = {}): Promise<string> {
  const { signal, cwd, failure } = options;
  const { exitCode, stdout, all } = await execa('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...argv], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    stdin: 'ignore',
    all: true,
    reject: false,
    ...(cwd === undefined ? {} : { cwd }),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  signal?.throwIfAborted();
  if (exitCode === 0) return stdout;
  const {
    message = `apt-get ${argv.at(-1)} failed`,
    hint = 'Mend what the lines above name, and run the same command again.',
  } = failure ?? {};
  throw new PerimeterError('E_MACHINE_UNFIT', {
    message: `${message} (exit code ${exitCode})`,
    hint,
    findings: all.trim().split('\n').slice(-10),
  });
}
