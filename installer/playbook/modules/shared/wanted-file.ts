import type { FileStatus, HostHands, HostView } from '../../../hosts/host.ts';
import type { Difference, ModuleChange } from '../../module.ts';
import { firstDifference, lineCount } from './text-difference.ts';

/** How a file should be. What is left out may be as it is. */
export interface WantedFile {
  readonly path: string;
  /** Undefined: any content. */
  readonly content: string | undefined;
  readonly mode: number | undefined;
  readonly owner: string | undefined;
  readonly group: string | undefined;
}

export interface FoundFile {
  readonly status: FileStatus | undefined;
  /** Undefined when there is none, or when it is no plain file. */
  readonly content: string | undefined;
}

/** Status and content are asked for together: both come in one round trip. */
export async function inspectFile(host: HostView, path: string): Promise<FoundFile> {
  const [status, content] = await Promise.allSettled([host.status(path), host.readFile(path)]);
  if (status.status === 'rejected') throw status.reason;
  if (status.value?.kind !== 'file') return { status: status.value, content: undefined };
  if (content.status === 'rejected') throw content.reason;
  return { status: status.value, content: content.value };
}

/** `quiet` keeps content out of the words. */
export function planFile(wanted: WantedFile, found: FoundFile, quiet: boolean): ModuleChange | undefined {
  const differences = [
    ...contentDifference(wanted, found, quiet),
    ...attributeDifferences(wanted, found.status),
  ];
  if (differences.length === 0) return undefined;
  const { path, content } = wanted;
  const texts =
    quiet || content === undefined || content === found.content
      ? {}
      : { texts: { path, before: found.content ?? '', after: content } };
  return { sentence: sentenceOf(wanted, found, differences), differences, ...texts };
}

export async function applyFile(wanted: WantedFile, found: FoundFile, host: HostHands): Promise<void> {
  const { path, content } = wanted;
  if (content !== undefined && (found.status?.kind !== 'file' || content !== found.content)) {
    const { mode, owner, group } = { ...given(found.status), ...given(wanted) };
    await host.writeFile(path, content, {
      mode: mode ?? 0o644,
      owner: owner ?? 'root',
      group: group ?? 'root',
    });
    return;
  }
  await host.setAttributes(path, given(wanted));
}

/** Mode, owner and group that differ from what was found. */
export function attributeDifferences(
  wanted: Pick<WantedFile, 'path' | 'mode' | 'owner' | 'group'>,
  status: FileStatus | undefined,
): Difference[] {
  if (status === undefined || status.kind === 'symlink') return [];
  const differences: Difference[] = [];
  const compare = (item: string, want: string | undefined, have: string): void => {
    if (want !== undefined && want !== have)
      differences.push({ item: `${item} of ${wanted.path}`, wanted: want, found: have });
  };
  compare('mode', wanted.mode === undefined ? undefined : octal(wanted.mode), octal(status.mode));
  compare('owner', wanted.owner, status.owner);
  compare('group', wanted.group, status.group);
  return differences;
}

export function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** Permission bits as they stand in a playbook. */
export function modeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number.parseInt(text, 8);
}

/** Only what is said, in the form that hosts take. */
export function given(
  source:
    | {
        readonly mode?: number | undefined;
        readonly owner?: string | undefined;
        readonly group?: string | undefined;
      }
    | undefined,
) {
  const { mode, owner, group } = source ?? {};
  return {
    ...(mode === undefined ? {} : { mode }),
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
  };
}

function contentDifference({ path, content }: WantedFile, found: FoundFile, quiet: boolean): Difference[] {
  if (content === undefined || (found.status?.kind === 'file' && content === found.content)) return [];
  if (found.status?.kind !== 'file') {
    const { kind, target } = found.status ?? {};
    const instead =
      kind === undefined
        ? 'nothing there'
        : kind === 'symlink'
          ? `a symbolic link to ${target}`
          : `a ${kind}`;
    return [{ item: path, wanted: `a file of ${lineCount(content)}`, found: instead }];
  }
  const { wanted, found: had } = quiet
    ? { wanted: 'the declared content (not shown)', found: 'other content (not shown)' }
    : firstDifference(content, found.content ?? '');
  return [{ item: `content of ${path}`, wanted, found: had }];
}

function sentenceOf({ path }: WantedFile, { status }: FoundFile, differences: readonly Difference[]): string {
  if (status === undefined) return `create ${path}`;
  const onlyAttributes = differences.every(({ item }) => /^(mode|owner|group) of /.test(item));
  if (!onlyAttributes)
    return status.kind === 'file' ? `change the content of ${path}` : `replace ${path} by a file`;
  return `change ${differences.map(({ item, wanted, found }) => `${item.split(' ')[0]} ${found} to ${wanted}`).join(', ')} of ${path}`;
}
