import { account, permissions, told } from '../../fields.ts';
import { modeOf, type WantedFile } from './wanted-file.ts';

/** Arguments of what makes a file that is ours from end to end, with Ansible's names. */
export const ownAttributes = {
  mode: told(permissions().optional(), "its permission bits, such as '0640'", '0644'),
  owner: told(account().optional(), 'the user that it belongs to', 'root'),
  group: told(account().optional(), 'the group that it belongs to', 'root'),
};

/** The same for a file that belongs to others too. */
export const sharedAttributes = {
  mode: told(permissions().optional(), "its permission bits, such as '0640'; not said: as they are"),
  owner: told(account().optional(), 'the user that it belongs to; not said: as it is'),
  group: told(account().optional(), 'the group that it belongs to; not said: as it is'),
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
