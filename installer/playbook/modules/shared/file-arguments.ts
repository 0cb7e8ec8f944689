import { account, permissions } from '../../fields.ts';
import { modeOf, type WantedFile } from './wanted-file.ts';

/** Arguments that everything has which leaves a file behind, with Ansible's names. */
export const attributeFields = {
  mode: permissions().optional(),
  owner: account().optional(),
  group: account().optional(),
};

interface Attributes {
  readonly mode?: string | undefined;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
}

/** A file that is ours from end to end: what is not said is 0644 and root's. */
export function ownFile(
  path: string,
  content: string | undefined,
  { mode, owner = 'root', group = 'root' }: Attributes,
): WantedFile {
  return { path, content, mode: modeOf(mode) ?? 0o644, owner, group };
}

/** A file of which only a part is ours: what is not said stays. */
export function sharedFile(
  path: string,
  content: string | undefined,
  { mode, owner, group }: Attributes,
): WantedFile {
  return { path, content, mode: modeOf(mode), owner, group };
}
