import { link, mkdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Digest } from '../../base/digest.ts';
import { sayingWriteErrors } from '../../base/write-errors.ts';
import type { Medium } from '../media/medium.ts';
import { storePaths } from './store-paths.ts';

/** Hard links of a medium's files in the store, not yet what is served. */
export interface LinkedMedium {
  /** To be opened as a medium. */
  readonly path: string;
  /** Puts them into the place of what is served now; returns where they lie then, for a scanner. */
  accept(): Promise<string>;
  drop(): Promise<void>;
}

/**
 * Hard links of the bundle's files, beside what the store serves now; undefined where that cannot be: a file on another file system,
 * or a file system without links. What a killed import left is thrown away: nobody knows of what it is made.
 */
export async function linkMedium(
  store: string,
  bundle: Digest,
  medium: Medium,
): Promise<LinkedMedium | undefined> {
  const folder = `${storePaths.carried(store, bundle)}.new`;
  const names =
    medium.list === undefined
      ? [basename(medium.path)]
      : [...medium.list.payload.parts.map(({ name }) => name), medium.listName ?? ''];
  const drop = async (): Promise<void> => await rm(folder, { recursive: true, force: true });
  const files = await filesBeside(
    store,
    names.map((name) => join(medium.folder, name)),
  );
  if (files === undefined) return undefined;
  try {
    await drop();
    await mkdir(folder);
    for (const [index, name] of names.entries()) await link(files[index] ?? '', join(folder, name));
  } catch {
    await drop();
    return undefined;
  }
  const nameOf = (within: string): string =>
    medium.list === undefined ? join(within, names[0] ?? '') : within;
  return {
    path: nameOf(folder),
    drop,
    accept: async () => nameOf(await replaceCarried(store, bundle, folder)),
  };
}

/** The files themselves, behind all links; undefined when one of them lies on another file system than the store. */
async function filesBeside(store: string, paths: readonly string[]): Promise<string[] | undefined> {
  // A medium that was just pulled: whoever reads what is open still says so.
  const files = await Promise.all(paths.map((path) => realpath(path))).catch(() => undefined);
  if (files === undefined) return undefined;
  const [here, ...there] = await Promise.all([store, ...files].map((path) => stat(path)));
  return there.every((file) => file.dev === here?.dev && file.isFile()) ? files : undefined;
}

async function replaceCarried(store: string, bundle: Digest, folder: string): Promise<string> {
  const carried = storePaths.carried(store, bundle);
  const before = `${carried}.old`;
  await sayingWriteErrors(carried, async () => {
    await rm(before, { recursive: true, force: true });
    await rename(carried, before).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    await rename(folder, carried);
    await rm(before, { recursive: true, force: true });
  });
  return carried;
}
