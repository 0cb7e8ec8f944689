import { z } from 'zod';
import { absolutePath } from '../fields.ts';
import { type Difference, defineModule } from '../module.ts';
import { sharedFile } from './shared/file-arguments.ts';
import { joinLines, linesIn } from './shared/text-lines.ts';
import { applyFile, type FoundFile, inspectFile } from './shared/wanted-file.ts';

const args = z.strictObject({
  path: absolutePath(),
  src: z.string(),
  fstype: z.string(),
  opts: z.string().optional(),
  state: z.enum(['mounted', 'present', 'unmounted', 'absent']),
});
type Args = z.output<typeof args>;

interface Facts {
  readonly fstab: FoundFile;
  readonly mounted: boolean;
}

const fstabPath = '/etc/fstab';

export const mount = defineModule<typeof args, Facts>({
  name: 'mount',
  summary:
    'A file system: mounted now and at every boot (mounted), only at boot (present), not now (unmounted), not at all (absent).',
  args,
  watches: ({ path }) => [
    { kind: 'mount', name: path },
    { kind: 'file', name: fstabPath },
  ],
  async inspect({ path }, host) {
    const [fstab, mounts] = await Promise.all([inspectFile(host, fstabPath), host.readFile('/proc/mounts')]);
    const mounted = linesIn(mounts ?? '').some((line) => fieldOf(line, 1) === escaped(path));
    return { fstab, mounted };
  },
  plan(task, facts) {
    const differences: Difference[] = [];
    const wantsNow = mountsNow(task);
    if (wantsNow !== undefined && wantsNow !== facts.mounted)
      differences.push({
        item: task.path,
        wanted: wantsNow ? 'mounted' : 'not mounted',
        found: facts.mounted ? 'mounted' : 'not mounted',
      });
    const found = entryOf(task, facts);
    const wanted = wantedEntry(task);
    if (task.state !== 'unmounted' && found !== wanted)
      differences.push({
        item: `${task.path} in ${fstabPath}`,
        wanted: wanted ?? 'no entry',
        found: found ?? 'no entry',
      });
    if (differences.length === 0) return undefined;
    return {
      sentence:
        wantedEntry(task) === undefined ? `unmount ${task.path}` : `mount ${task.src} on ${task.path}`,
      differences,
    };
  },
  async apply(task, facts, host) {
    const wanted = wantedEntry(task);
    const now = mountsNow(task);
    if (now === false && facts.mounted) await host.run(['umount', task.path]);
    if (task.state !== 'unmounted' && entryOf(task, facts) !== wanted) {
      const others = linesIn(facts.fstab.content ?? '').filter((line) => !isEntryOf(task, line));
      const content = joinLines(wanted === undefined ? others : [...others, wanted]);
      await applyFile(sharedFile(fstabPath, content, {}), facts.fstab, host);
    }
    if (now === true && !facts.mounted) {
      await host.makeDirectory(task.path);
      await host.run(['mount', task.path]);
    }
  },
});

function mountsNow({ state }: Args): boolean | undefined {
  return state === 'present' ? undefined : state === 'mounted';
}

function wantedEntry({ path, src, fstype, opts = 'defaults', state }: Args): string | undefined {
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
