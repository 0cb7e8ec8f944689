import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf, PerimeterError } from '../../base/errors.ts';
import { readFileIfThere } from '../../base/files.ts';
import type { SignedStatement } from '../trust/signed-statement.ts';
import type { Extent } from './extent.ts';
import { type PartList, partListSuffix, readPartList } from './part-list.ts';

/** An open bundle file, or all parts of one, in order. */
export interface Medium {
  readonly path: string;
  readonly folder: string;
  /** One per part. */
  readonly extents: readonly Extent[];
  /** Absent for a file that was never exported. */
  readonly list: SignedStatement<PartList> | undefined;
  /** File name of the list. */
  readonly listName: string | undefined;
  close(): Promise<void>;
}

/**
 * Opens what a person named: a bundle file, one of its parts, their list, or the folder that holds them. Raises E_BUNDLE_MISSING
 * when there is none, E_BUNDLE_DAMAGED with every part that is missing or has another size, E_STATEMENT_INVALID for a damaged list.
 */
export async function openMedium(path: string): Promise<Medium> {
  const listFile = await findList(path);
  if (listFile === undefined) return await openFile(path);
  const list = readPartList((await readFileIfThere(listFile)) ?? '', listFile);
  const folder = dirname(listFile);
  const { parts } = list.payload;
  const problems = await partProblems(folder, parts);
  if (problems.length > 0)
    throw new PerimeterError('E_BUNDLE_DAMAGED', {
      message: `The bundle in ${folder} is not complete`,
      hint: `Carry again: ${problems.map(({ name }) => name).join(', ')}`,
      findings: problems.map(({ sentence }) => sentence),
    });
  const handles: FileHandle[] = [];
  const close = async (): Promise<void> => void (await Promise.all(handles.map((handle) => handle.close())));
  try {
    for (const { name } of parts) handles.push(await openRead(join(folder, name)));
  } catch (error) {
    await close();
    throw error;
  }
  const extents = parts.map(({ sizeBytes }, index) => ({
    fd: handles[index]?.fd ?? -1,
    offset: 0,
    sizeBytes,
  }));
  return { path, folder, extents, list, listName: basename(listFile), close };
}

async function openFile(path: string): Promise<Medium> {
  const handle = await openRead(path);
  const { size: sizeBytes } = await handle.stat();
  return {
    path,
    folder: dirname(path),
    extents: [{ fd: handle.fd, offset: 0, sizeBytes }],
    list: undefined,
    listName: undefined,
    close: async () => await handle.close(),
  };
}

async function openRead(path: string): Promise<FileHandle> {
  return await open(path, 'r').catch((cause: unknown) => {
    throw missing(`The bundle ${path} cannot be read: ${messageOf(cause)}`, cause);
  });
}

/** The list of parts that belongs to what was named, if there is one. */
async function findList(path: string): Promise<string | undefined> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory() === true) {
    const lists = (await readdir(path)).filter((name) => name.endsWith(partListSuffix));
    const [only] = lists;
    if (only === undefined)
      throw missing(`There is no bundle in ${path}: no file ends with ${partListSuffix}`);
    if (lists.length > 1)
      throw missing(`There are several bundles in ${path}: name one of ${lists.toSorted().join(', ')}`);
    return join(path, only);
  }
  if (path.endsWith(partListSuffix)) return path;
  const name = basename(path).replace(/\.(tar|\d{3,})$/, '');
  const list = join(dirname(path), `${name}${partListSuffix}`);
  const isThere = (await stat(list).catch(() => undefined)) !== undefined;
  if (!isThere && /\.\d{3,}$/.test(path) && status !== undefined)
    throw missing(`${path} is one part of a bundle, but ${list}, which tells of the others, is not there`);
  return isThere ? list : undefined;
}

async function partProblems(
  folder: string,
  parts: PartList['parts'],
): Promise<{ name: string; sentence: string }[]> {
  const found = await Promise.all(
    parts.map(async ({ name, sizeBytes }) => {
      const size = (await stat(join(folder, name)).catch(() => undefined))?.size;
      if (size === sizeBytes) return undefined;
      const sentence =
        size === undefined ? `${name} is missing` : `${name} has ${size} bytes instead of ${sizeBytes}`;
      return { name, sentence };
    }),
  );
  return found.filter((problem) => problem !== undefined);
}

function missing(message: string, cause?: unknown): PerimeterError {
  return new PerimeterError('E_BUNDLE_MISSING', {
    message,
    hint: 'Name the bundle file, its first part or the folder that holds its parts, or build one with: npm run perimeter -- bundle build',
    ...(cause === undefined ? {} : { cause }),
  });
}
