import { z } from 'zod';
import type { HostHands } from '../../hosts/host.ts';
import { atLeastOneOf, withState } from '../argument-rules.ts';
import { absolutePath, told } from '../fields.ts';
import { type Difference, defineModule } from '../module.ts';
import { sharedFile } from './shared/file-arguments.ts';
import { isBind, optionDifferences } from './shared/mount-options.ts';
import { isSameSource } from './shared/mount-source.ts';
import { joinLines, linesIn } from './shared/text-lines.ts';
import { applyFile, type FoundFile, inspectFile } from './shared/wanted-file.ts';

const args = z.strictObject({
  path: told(absolutePath(), 'where it is mounted'),
  src: told(z.string().min(1).optional(), 'what is mounted: a device, UUID=..., LABEL=..., server:/path'),
  fstype: told(z.string().min(1).optional(), 'its kind'),
  opts: told(z.string().min(1).optional(), 'options with commas between them', 'defaults'),
  state: told(
    z.enum(['mounted', 'present', 'unmounted', 'absent']),
    'mounted now and at every boot (mounted), only at boot (present), not now (unmounted), not at all (absent)',
  ),
});
type Args = z.output<typeof args>;

interface Facts {
  readonly fstab: FoundFile;
  /** What is mounted there now. */
  readonly mounted: { readonly source: string; readonly options: string } | undefined;
  /** Undefined where it cannot be told or does not matter. */
  readonly isSame: boolean | undefined;
}

const fstabPath = '/etc/fstab';

export const mount = defineModule<typeof args, Facts>({
  name: 'mount',
  summary: 'A file system: mounted, with its entry in the table of those that are mounted at boot.',
  example: 'mount: {path: /srv/data, src: LABEL=data, fstype: ext4, opts: noatime, state: mounted}',
  args,
  rules: [
    withState(['mounted', 'present'], atLeastOneOf('src')),
    withState(['mounted', 'present'], atLeastOneOf('fstype')),
  ],
  watches: ({ path }) => [
    { kind: 'mount', name: path },
    { kind: 'file', name: fstabPath },
  ],
  async inspect({ path, src = '', opts = '', state }, host) {
    const [fstab, table] = await Promise.all([inspectFile(host, fstabPath), host.readFile('/proc/mounts')]);
    // What was mounted last lies on top.
    const line = linesIn(table ?? '').findLast((text) => fieldOf(text, 1) === escaped(path));
    if (line === undefined) return { fstab, mounted: undefined, isSame: undefined };
    const mounted = { source: unescaped(fieldOf(line, 0) ?? ''), options: fieldOf(line, 3) ?? '' };
    const isSame =
      state === 'mounted' ? await isSameSource(host, src, mounted.source, path, isBind(opts)) : undefined;
    return { fstab, mounted, isSame };
  },
  plan(task, facts) {
    const differences = [...mountDifferences(task, facts), ...tableDifference(task, facts)];
    return differences.length === 0 ? undefined : { sentence: sentenceOf(task, facts), differences };
  },
  async apply(task, facts, host) {
    const now = mountsNow(task);
    const gives = facts.mounted !== undefined && (now === false || facts.isSame === false);
    // What is there is only taken away for something that is there too.
    if (facts.isSame === false && task.src?.includes('=')) await host.query(['findfs', task.src]);
    if (gives) await host.run(['umount', task.path]);
    // Before the table: what is cut off in between is still seen to differ there.
    if (now === true && facts.mounted !== undefined && !gives) await remount(task, host);
    if (tableDifference(task, facts).length > 0) await writeTable(task, facts, host);
    if (now === true && (facts.mounted === undefined || gives)) {
      await host.makeDirectory(task.path);
      await host.run(['mount', task.path]);
    }
  },
});

function mountsNow({ state }: Args): boolean | undefined {
  return state === 'present' ? undefined : state === 'mounted';
}

function mountDifferences(task: Args, { mounted, isSame }: Facts): Difference[] {
  const { path, src = '', opts = 'defaults' } = task;
  const now = mountsNow(task);
  if (now === undefined) return [];
  if (now !== (mounted !== undefined))
    return [{ item: path, wanted: now ? 'mounted' : 'not mounted', found: now ? 'not mounted' : 'mounted' }];
  if (mounted === undefined) return [];
  if (isSame === false) return [{ item: `what is mounted on ${path}`, wanted: src, found: mounted.source }];
  // The options of what lies below a bind mount are not its own.
  if (isBind(opts)) return [];
  const { wanted, found } = optionDifferences(opts, mounted.options);
  if (wanted.length === 0) return [];
  return [{ item: `options of ${path}`, wanted: wanted.join(','), found: found.join(',') }];
}

function tableDifference(task: Args, facts: Facts): Difference[] {
  const found = entryOf(task, facts);
  const wanted = wantedEntry(task);
  if (task.state === 'unmounted' || found === wanted) return [];
  return [
    {
      item: `${task.path} in ${fstabPath}`,
      wanted: wanted ?? 'no entry',
      found: found ?? 'no entry',
    },
  ];
}

function sentenceOf(task: Args, { mounted, isSame }: Facts): string {
  const { path, src, opts = 'defaults' } = task;
  if (wantedEntry(task) === undefined) return `unmount ${path}`;
  if (task.state === 'present' || mounted === undefined) return `mount ${src} on ${path}`;
  return isSame === false
    ? `mount ${src} on ${path} in place of ${mounted.source}`
    : `mount ${src} on ${path} with ${opts}`;
}

/** Options that are no longer declared are taken back by name. What refuses to be changed while it is mounted is left as it is. */
async function remount(
  { path, src = '', fstype = '', opts = 'defaults' }: Args,
  host: HostHands,
): Promise<void> {
  await host.run(['mount', '-t', fstype, '-o', `remount,rw,suid,dev,exec,${opts}`, '--', src, path]);
}

async function writeTable(task: Args, { fstab }: Facts, host: HostHands): Promise<void> {
  const wanted = wantedEntry(task);
  const others = linesIn(fstab.content ?? '').filter((line) => !isEntryOf(task, line));
  const content = joinLines(wanted === undefined ? others : [...others, wanted]);
  await applyFile(sharedFile(fstabPath, content, {}), fstab, host);
}

function wantedEntry({ path, src = '', fstype, opts = 'defaults', state }: Args): string | undefined {
  return state === 'absent' || state === 'unmounted'
    ? undefined
    : [escaped(src), escaped(path), fstype, opts, '0', '0'].join(' ');
}

function entryOf(task: Args, { fstab }: Facts): string | undefined {
  return linesIn(fstab.content ?? '').find((line) => isEntryOf(task, line));
}

function isEntryOf({ path }: Args, line: string): boolean {
  return !line.startsWith('#') && fieldOf(line, 1) === escaped(path);
}

function fieldOf(line: string, index: number): string | undefined {
  return line.trim().split(/\s+/)[index];
}

/** Spaces in paths stand as \040 in these tables. */
function escaped(path: string): string {
  return path.replaceAll(' ', '\\040');
}

function unescaped(field: string): string {
  return field.replaceAll('\\040', ' ');
}
