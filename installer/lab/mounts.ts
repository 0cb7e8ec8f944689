import { readFile } from 'node:fs/promises';
import { recipe } from './recipe.ts';

/** Mount points at or below a folder, deepest last made first, from the text of /proc/self/mountinfo. */
export function mountsBelow(mountinfo: string, folder: string): string[] {
  return mountinfo
    .split('\n')
    .map((line) => unescapePath(line.split(' ')[4] ?? ''))
    .filter((path) => path === folder || path.startsWith(`${folder}/`))
    .toReversed();
}

export async function readMountsBelow(folder: string): Promise<string[]> {
  return mountsBelow(await readFile('/proc/self/mountinfo', 'utf8'), folder);
}

/** Removes every mount at or below a folder, also those that a container runtime left inside. */
export async function unmountBelow(folder: string): Promise<void> {
  // One path can carry several mounts; each pass takes the topmost of each.
  for (
    let mounts = await readMountsBelow(folder);
    mounts.length > 0;
    mounts = await readMountsBelow(folder)
  ) {
    for (const path of new Set(mounts)) await recipe`umount --lazy ${path}`;
  }
}

/** The kernel writes space, tab, newline and backslash in paths as octal. */
function unescapePath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
