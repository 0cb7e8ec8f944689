import { join } from 'node:path';

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
