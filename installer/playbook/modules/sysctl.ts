import { z } from 'zod';
import { absolutePath, told } from '../fields.ts';
import { type Difference, defineModule } from '../module.ts';
import { TaskError } from '../task-error.ts';
import { sharedFile } from './shared/file-arguments.ts';
import { joinLines, linesIn } from './shared/text-lines.ts';
import { applyFile, type FoundFile, inspectFile } from './shared/wanted-file.ts';

const args = z.strictObject({
  name: told(
    z
      .string()
      .regex(
        /^[A-Za-z0-9_.\-/{} ]+$/,
        'must be the name of a kernel setting, for example: net.ipv4.ip_forward',
      ),
    'the setting, with dots or slashes',
  ),
  value: told(
    z.union([z.string(), z.number()]),
    'what it is to be; several numbers with blanks between them',
  ),
  sysctl_file: told(
    absolutePath().optional(),
    'the file that sets it at every boot',
    '/etc/sysctl.d/99-perimeter.conf',
  ),
  ignoreerrors: told(
    z.boolean().optional(),
    'leave a setting alone that this kernel does not have; the file keeps it for the day it does',
    false,
  ),
});
type Args = z.output<typeof args>;

interface Facts {
  /** Undefined when the kernel has no such setting. */
  readonly live: string | undefined;
  readonly file: FoundFile;
}

/** Both halves of a kernel setting: what holds now, and what holds after the next boot. */
export const sysctl = defineModule<typeof args, Facts>({
  name: 'sysctl',
  summary: 'A kernel setting, now (below /proc/sys) and after every boot (in sysctl_file).',
  example: 'sysctl: {name: net.ipv4.ip_forward, value: 1}',
  args,
  watches: (task, { live }) => [
    { kind: 'file', name: storedPath(task) },
    ...(live === undefined ? [] : [{ kind: 'sysctl' as const, name: task.name }]),
  ],
  async inspect(task, host) {
    const [live, file] = await Promise.all([
      host.readFile(livePath(task)),
      inspectFile(host, storedPath(task)),
    ]);
    if (live === undefined && !task.ignoreerrors)
      throw new TaskError(`this kernel has no setting ${task.name}`);
    return { live: live === undefined ? undefined : plain(live), file };
  },
  plan(task, facts) {
    const wanted = plain(String(task.value));
    const differences: Difference[] = [];
    if (facts.live !== undefined && facts.live !== wanted) {
      differences.push({ item: `sysctl ${task.name}`, wanted, found: facts.live });
    }
    const stored = storedValue(task, facts.file.content ?? '');
    if (stored !== wanted) {
      differences.push({ item: `${task.name} in ${storedPath(task)}`, wanted, found: stored ?? 'not set' });
    }
    return differences.length === 0 ? undefined : { sentence: `set ${task.name} to ${wanted}`, differences };
  },
  async apply(task, facts, host) {
    const wanted = plain(String(task.value));
    const others = linesIn(facts.file.content ?? '').filter((line) => keyOf(line) !== task.name);
    const content = joinLines([...others, `${task.name} = ${wanted}`].toSorted());
    if (storedValue(task, facts.file.content ?? '') !== wanted) {
      await applyFile(sharedFile(storedPath(task), content, {}), facts.file, host);
    }
    if (facts.live !== undefined && facts.live !== wanted) {
      await host.run(['sh', '-c', 'printf "%s\\n" "$2" > "$1"', 'set-kernel-value', livePath(task), wanted]);
    }
  },
});

/** Dots part the name, unless there are slashes: names of network devices may hold dots. */
function livePath({ name }: Args): string {
  return `/proc/sys/${name.includes('/') ? name : name.replaceAll('.', '/')}`;
}

function storedPath({ sysctl_file: path }: Args): string {
  return path ?? '/etc/sysctl.d/99-perimeter.conf';
}

function storedValue({ name }: Args, content: string): string | undefined {
  const line = linesIn(content).findLast((text) => keyOf(text) === name);
  return line === undefined ? undefined : plain(line.slice(line.indexOf('=') + 1));
}

function keyOf(line: string): string {
  return line.split('=')[0]?.trim() ?? '';
}

/** The kernel parts several values by tabs. */
function plain(value: string): string {
  return value.trim().replaceAll(/\s+/g, ' ');
}
