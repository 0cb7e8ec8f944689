import type { FileStatus } from '../host.ts';

/** Reads what the look script prints about the state of paths. Those that are not there are left out. */
export function parseStatuses(output: string): ReadonlyMap<string, FileStatus> {
  const parts = output.split('\0');
  const found = new Map<string, FileStatus>();
  for (let index = 0; index + 1 < parts.length; ) {
    const [first = '', path = '', target = ''] = parts.slice(index, index + 3);
    const link = found.get(path);
    // An empty first field: where a symbolic link, whose state came before, points to.
    if (first !== '') found.set(path, parseStatus(first));
    else if (link?.kind === 'symlink') found.set(path, { ...link, target: targetOf(target) });
    index += first === '' ? 3 : 2;
  }
  return found;
}

const kinds: Readonly<Record<number, FileStatus['kind']>> = {
  0o100000: 'file',
  0o040000: 'directory',
  0o120000: 'symlink',
};

/** Reads `MODE SIZE OWNER GROUP STAMP`, the mode as `stat` writes it: hexadecimal, with the kind of file in it. */
function parseStatus(text: string): FileStatus {
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

/** As `readlink` prints it: a line. */
function targetOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8').replace(/\n$/, '');
}
