import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import { productDirectory } from '../../../installer/base/files.ts';

export interface OwnProgram {
  readonly file: string;
  /** A folder for the test's own files, beside the program. */
  readonly folder: string;
  remove(): Promise<void>;
}

export interface RunningProgram {
  readonly child: ChildProcess;
  /** The exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

export function startProgram(
  file: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): RunningProgram {
  const child = spawn(file, args, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  return { child, ended };
}

/** Compiles one of the product's own Go programs, in `images/<path>`, as the bundle does: from pinned modules alone. */
export async function compileOwnProgram(path: string): Promise<OwnProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'perimeter-own-program-'));
  const file = join(folder, 'program');
  await execa('go', ['build', '-trimpath', '-buildvcs=false', '-o', file, '.'], {
    cwd: productDirectory('images', path),
    env: { GOTOOLCHAIN: 'local', GOWORK: 'off', GOFLAGS: '-mod=readonly', CGO_ENABLED: '0' },
  });
  return { file, folder, remove: async () => await rm(folder, { recursive: true, force: true }) };
}
