import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PerimeterError } from '../../base/errors.ts';
import { partListSuffix } from './part-list.ts';

/** Names of parts end with their number. */
const partNumber = /\.\d{3,}$/;

/** What a person named, found: a list of parts, or a file that is a bundle by itself. */
export type FoundMedium = { readonly list: string } | { readonly file: string };

/**
 * Finds the bundle that a path means: a file, one of its parts, their list, or the folder that holds them. Raises E_BUNDLE_MISSING,
 * which on the closed side is mended by carrying, never by building.
 */
export async function findMedium(path: string): Promise<FoundMedium> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory() === true) return await findIn(path);
  if (path.endsWith(partListSuffix)) return { list: path };
  const name = basename(path).replace(/\.(tar|\d{3,})$/, '');
  const list = join(dirname(path), `${name}${partListSuffix}`);
  if ((await stat(list).catch(() => undefined)) !== undefined) return { list };
  if (partNumber.test(path) && status !== undefined) throw withoutList(dirname(path), [basename(path)]);
  return { file: path };
}

async function findIn(folder: string): Promise<FoundMedium> {
  const names = (await readdir(folder)).toSorted();
  const lists = names.filter((name) => name.endsWith(partListSuffix));
  const [list] = lists;
  if (lists.length > 1) throw several(folder, lists);
  if (list !== undefined) return { list: join(folder, list) };
  const parts = names.filter((name) => partNumber.test(name));
  if (parts.length > 0) throw withoutList(folder, parts);
  const files = names.filter((name) => name.endsWith('.tar'));
  const [file] = files;
  if (files.length > 1) throw several(folder, files);
  if (file !== undefined) return { file: join(folder, file) };
  throw new PerimeterError('E_BUNDLE_MISSING', {
    message: `There is no bundle in ${folder}: no file there ends with .tar or ${partListSuffix}`,
    hint: 'Name the bundle file, its first part or the folder that holds its parts.',
  });
}

function several(folder: string, names: readonly string[]): PerimeterError {
  return new PerimeterError('E_BUNDLE_MISSING', {
    message: `There are several bundles in ${folder}: ${names.join(', ')}`,
    hint: `Name one of them: ${names.map((name) => join(folder, name)).join(' or ')}`,
  });
}

function withoutList(folder: string, parts: readonly string[]): PerimeterError {
  const lists = [...new Set(parts.map((part) => part.replace(partNumber, partListSuffix)))];
  const what =
    parts.length === 1
      ? `${join(folder, parts[0] ?? '')} is one part of a bundle, but ${lists[0]}, which tells of the others, is not there`
      : `${folder} holds parts of a bundle (${parts.join(', ')}), but not the list that tells of them`;
  return new PerimeterError('E_BUNDLE_MISSING', {
    message: what,
    hint: `Carry ${lists.join(' and ')} again, into the folder of the parts: ${folder}`,
  });
}
