import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The folder itself, or the nearest above it that is there: a folder that is still to be made will lie on its file system. */
export async function nearestFolder(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true || path === dirname(path) ? path : nearestFolder(dirname(path));
}

/** Bytes free for root's use at a path that need not be there yet. */
export async function freeBytesAt(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(await nearestFolder(path));
  return bavail * bsize;
}
