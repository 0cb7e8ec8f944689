import { join } from 'node:path';
import { carryAgain } from './carry-again.ts';
import type { PartList } from './part-list.ts';

/** A part that is not as the list says. */
export interface DamagedPart {
  readonly name: string;
  /** What is wrong, with byte ranges counted from the beginning of the part. */
  readonly sentence: string;
  /** The file beside it that holds what this part should: nothing need be carried for it. */
  readonly foundAs?: string;
}

/** What to do about parts that are not as the list says; can be pasted. */
export function howToMend(folder: string, parts: readonly DamagedPart[]): string {
  const renames = parts.flatMap(({ name, foundAs }) =>
    foundAs === undefined ? [] : [{ from: foundAs, to: name }],
  );
  const absent = parts.filter(({ foundAs }) => foundAs === undefined);
  return [
    ...(renames.length === 0 ? [] : [`Rename what has the wrong name:\n  ${renameCommand(folder, renames)}`]),
    ...(absent.length === 0 ? [] : [`Carry again: ${absent.map(({ name }) => name).join(', ')}`]),
  ].join('\n');
}

/** What is asked of a medium here. */
interface DamagedMedium {
  readonly path: string;
  readonly folder: string;
  readonly list: { readonly payload: Pick<PartList, 'parity'> } | undefined;
}

/** What to do about a damaged medium: rename, carry again, mend by parity where there is some. */
export function howToMendMedium(
  { folder, path, list }: DamagedMedium,
  parts: readonly DamagedPart[],
): string {
  if (parts.length === 0) return carryAgain(path);
  const canRepair = list?.payload.parity !== undefined && parts.some(({ foundAs }) => foundAs === undefined);
  const parity = canRepair ? `\nOr mend it by its parity: perimeter bundle repair ${folder}` : '';
  return `${howToMend(folder, parts)}${parity}`;
}

/** By way of names that nobody has: the files may stand in each other's places. */
function renameCommand(
  folder: string,
  renames: readonly { readonly from: string; readonly to: string }[],
): string {
  const word = (name: string): string => quoted(join(folder, name));
  const [only, ...more] = renames;
  if (only !== undefined && more.length === 0) return `mv ${word(only.from)} ${word(only.to)}`;
  return [
    ...renames.map(({ from, to }) => `mv ${word(from)} ${word(`${to}.renamed`)}`),
    ...renames.map(({ to }) => `mv ${word(`${to}.renamed`)} ${word(to)}`),
  ].join(' && ');
}

function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
