import type { FileStatus } from '../host.ts';

/** A status without the target of a symbolic link, which takes a further look. */
export type PlainStatus = Omit<FileStatus, 'target'>;

interface Pending {
  readonly path: string;
  readonly resolve: (status: PlainStatus | undefined) => void;
  readonly reject: (reason: unknown) => void;
}

const largestBatch = 500;
const format = '%f %s %U %G %i:%s:%z\\0%n\\0';

/** One program for any number of paths. It says nothing on standard output about those that are not there, and ends with 1 then. */
export function statCommand(paths: readonly string[]): readonly string[] {
  return ['stat', `--printf=${format}`, '--', ...paths];
}

/** Gathers the paths that are asked for at about the same moment, and asks for all of them at once. `ask` returns the output of `stat`. */
export function statusBatch(ask: (paths: readonly string[]) => Promise<string>) {
  let waiting: Pending[] = [];

  async function flush(): Promise<void> {
    const batch = waiting.slice(0, largestBatch);
    waiting = waiting.slice(largestBatch);
    if (waiting.length > 0) setImmediate(() => void flush());
    try {
      const found = parseStatuses(await ask([...new Set(batch.map(({ path }) => path))]));
      for (const { path, resolve } of batch) resolve(found.get(path));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  return (path: string): Promise<PlainStatus | undefined> =>
    new Promise((resolve, reject) => {
      waiting.push({ path, resolve, reject });
      if (waiting.length === 1) setImmediate(() => void flush());
    });
}

function parseStatuses(output: string): ReadonlyMap<string, PlainStatus> {
  const parts = output.split('\0');
  const found = new Map<string, PlainStatus>();
  for (let index = 0; index + 1 < parts.length; index += 2) {
    found.set(parts[index + 1] ?? '', parseStatus(parts[index] ?? ''));
  }
  return found;
}

const kinds: Readonly<Record<number, FileStatus['kind']>> = {
  0o100000: 'file',
  0o040000: 'directory',
  0o120000: 'symlink',
};

/** Reads `MODE SIZE OWNER GROUP STAMP`, the mode as `stat` writes it: hexadecimal, with the kind of file in it. */
function parseStatus(text: string): PlainStatus {
  const [rawMode = '', size = '', owner = '', group = '', ...stamp] = text.split(' ');
  const mode = Number.parseInt(rawMode, 16);
  return {
    kind: kinds[mode & 0o170000] ?? 'other',
    mode: mode & 0o7777,
    owner,
    group,
    sizeBytes: Number(size),
    stamp: stamp.join(' '),
  };
}
