import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** The path of every file inside a folder, with forward slashes, sorted. Links are not followed. */
export async function filesOfFolder(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map((path) => relative(directory, path));
}

/** Every file of a folder as text, by its path inside the folder, in the order of `filesOfFolder`. */
export async function readFolder(directory: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const path of await filesOfFolder(directory))
    files.set(path, await readFile(join(directory, path), 'utf8'));
  return files;
}
