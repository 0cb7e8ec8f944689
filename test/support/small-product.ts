import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { productDirectory } from '../../installer/base/files.ts';

/** A copy of the program with recipes of a test's own, and caches and keys of its own: whole verbs can be tried on it. */
export interface SmallProduct {
  readonly folder: string;
  /** Writes a file of the copy, such as images/tool/source.yaml. */
  write(path: string, content: string): Promise<void>;
  read(path: string): Promise<string>;
  /** Runs a command line as a person would. */
  run(...argv: readonly string[]): Promise<ProductRun>;
  /** Forgets everything that was made, as a machine does that never made it. */
  forget(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ProductRun {
  readonly exitCode: number;
  readonly out: string;
  /** What went wrong, as a person reads it. */
  readonly error: string;
}

const copied = [
  'installer',
  'profiles',
  'playbooks',
  'charts',
  'hardware',
  'package.json',
  'package-lock.json',
];

/** `env` is added to the environment of every run. */
export async function smallProduct(env: Readonly<Record<string, string>> = {}): Promise<SmallProduct> {
  const folder = await mkdtemp(join(tmpdir(), 'perimeter-product-'));
  // A copy and no links: the program finds its folders beside where its own files really lie.
  await Promise.all(
    copied.map((name) => cp(productDirectory(name), join(folder, name), { recursive: true })),
  );
  await symlink(productDirectory('node_modules'), join(folder, 'node_modules'));
  const home = {
    XDG_CACHE_HOME: join(folder, 'home', 'cache'),
    XDG_CONFIG_HOME: join(folder, 'home', 'config'),
    XDG_STATE_HOME: join(folder, 'home', 'state'),
  };
  const run = (...argv: readonly string[]): Promise<ProductRun> =>
    new Promise((resolve) => {
      execFile(
        process.execPath,
        [join(folder, 'installer', 'main.ts'), ...argv],
        { env: { ...process.env, ...home, ...env, NO_COLOR: '1' }, encoding: 'utf8' },
        (failure, out, error) =>
          resolve({ exitCode: failure === null ? 0 : Number(failure.code ?? -1), out, error }),
      );
    });
  return {
    folder,
    run,
    async write(path, content) {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    },
    read: async (path) => await readFile(join(folder, path), 'utf8'),
    forget: async () => await rm(home.XDG_CACHE_HOME, { recursive: true, force: true }),
    [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true, force: true }),
  };
}
