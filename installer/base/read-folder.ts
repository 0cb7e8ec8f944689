import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Every file of a folder as text, by its path inside the folder with forward slashes, sorted. Links are not followed. */
export async function readFolder(directory: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const files = new Map<string, string>();
  for (const path of paths) files.set(relative(directory, path), await readFile(path, 'utf8'));
  return files;
}
