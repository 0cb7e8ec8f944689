import { statfs } from 'node:fs/promises';
import { PerimeterError } from './errors.ts';
import { formatBytes } from './units.ts';

/** A line in a folder, and the folder's share of blocks for it, in bytes. */
const entryBytes = 128;
/** What a file system takes for folders, and for itself while it works, in blocks; and how many folders and small files these are. */
const spareBlocks = 16;
const spareFiles = 16;

export interface NeededRoom {
  /** Who needs it, as the message begins: "The delta". */
  readonly what: string;
  /** A folder that is there. */
  readonly folder: string;
  /** Of the files that are to be written; each takes whole blocks and a place in the table of files. */
  readonly sizes: readonly number[];
  readonly hint: string;
}

/** Raises E_DISK_FULL when files of these sizes do not fit: before the first byte, not in the middle. */
export async function requireFreeRoom({ what, folder, sizes, hint }: NeededRoom): Promise<void> {
  if (sizes.length === 0) return;
  const { blocks, bavail, bsize, files, ffree } = await statfs(folder);
  // What holds no blocks is no disk; writing there will say what is wrong.
  if (blocks === 0) return;
  const contents = sizes.reduce((sum, size) => sum + Math.ceil((size + entryBytes) / bsize), spareBlocks);
  const [needed, free] = [contents * bsize, bavail * bsize];
  if (free < needed)
    throw new PerimeterError('E_DISK_FULL', {
      message: `${what} needs ${formatBytes(needed)} in ${folder}, where ${formatBytes(free)} are free`,
      hint,
    });
  // File systems that make inodes as they go count none.
  if (files > 0 && ffree < sizes.length + spareFiles)
    throw new PerimeterError('E_DISK_FULL', {
      message: `${what} needs ${sizes.length + spareFiles} files in ${folder}, where only ${ffree} more can be made (inodes: df -i)`,
      hint,
    });
}
