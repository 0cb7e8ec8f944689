import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TinyDisk extends Disposable {
  readonly path: string;
  /** From now on nobody writes there. */
  makeReadOnly(): void;
}

/** A file system of its own that holds no more than this: bytes, and files and folders (0: as many as fit). */
export function tinyDisk(sizeBytes: number, inodes = 0): TinyDisk {
  const path = mkdtempSync(join(tmpdir(), 'perimeter-disk-'));
  const options = `size=${sizeBytes},nr_inodes=${inodes}`;
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'perimeter-test', path]);
  return {
    path,
    makeReadOnly: () => void execFileSync('mount', ['-o', 'remount,ro', path]),
    [Symbol.dispose]() {
      execFileSync('umount', [path]);
      rmdirSync(path);
    },
  };
}
