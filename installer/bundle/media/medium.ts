import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf, PerimeterError } from '../../base/errors.ts';
import { readFileIfThere } from '../../base/files.ts';
import type { SignedStatement } from '../trust/signed-statement.ts';
import type { Extent } from './extent.ts';
import { findMedium } from './find-list.ts';
import { howToMendMedium } from './how-to-mend.ts';
import { type PartList, readPartList } from './part-list.ts';
import { partProblems } from './part-problems.ts';

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
  const found = await findMedium(path);
  return 'list' in found ? await openParts(path, found.list) : await openFile(found.file);
}

async function openParts(path: string, listFile: string): Promise<Medium> {
  const list = readPartList((await readFileIfThere(listFile)) ?? '', listFile);
  const folder = dirname(listFile);
  const { parts } = list.payload;
  const problems = await partProblems(folder, list.payload);
  if (problems.length > 0)
    throw new PerimeterError('E_BUNDLE_DAMAGED', {
      message: `The bundle in ${folder} is not complete`,
      hint: howToMendMedium({ path, folder, list }, problems),
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
    throw new PerimeterError('E_BUNDLE_MISSING', {
      message: `The bundle ${path} cannot be read: ${messageOf(cause)}`,
      hint: 'Name the bundle file, its first part or the folder that holds its parts.',
      cause,
    });
  });
}
