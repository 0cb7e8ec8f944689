import { z } from 'zod';
import { absolutePath, told } from '../fields.ts';
import { defineModule } from '../module.ts';
import { FinalTaskError, TaskError } from '../task-error.ts';

const args = z.strictObject({
  dev: told(absolutePath(), 'the device'),
  fstype: told(z.enum(['ext4', 'xfs']), 'what is made on it'),
  uuid: told(z.string().optional(), 'the name that it gets, by which it is known again; not said: any'),
  opts: told(z.string().optional(), 'more words for mkfs'),
});
type Args = z.output<typeof args>;

interface Facts {
  readonly isDevice: boolean;
  /** What the device itself says: TYPE, UUID, LABEL, PTTYPE. Empty when it is blank. */
  readonly signature: ReadonlyMap<string, string>;
  /** Partitions, volumes and the like that lie on it. */
  readonly children: readonly string[];
}

const noDevice = 'no block device';

/** With its answer 2, blkid says that it found nothing. */
const nothingFound = 2;

/** Looks once more before it writes: what was blank when it was planned may carry data by now. */
const makeScript = `
set -eu
code=0; blkid --probe -- "$1" > /dev/null || code=$?
[ "$code" -eq ${nothingFound} ] || { echo "$1 is not blank any more" >&2; exit 65; }
shift
exec "$@"`;

/** There is no `force`: what carries anything is only wiped by hand. */
export const filesystem = defineModule<typeof args, Facts>({
  name: 'filesystem',
  summary: 'A file system on a blank device; one that carries something else is refused, never wiped.',
  example: 'filesystem: {dev: /dev/vg0/data, fstype: xfs}',
  args,
  async inspect({ dev }, host) {
    if ((await host.query(['test', '-b', dev], { okExitCodes: 'any' })).exitCode !== 0)
      return { isDevice: false, signature: new Map(), children: [] };
    const [probed, listed] = await Promise.all([
      host.query(['blkid', '--probe', '--output', 'export', '--', dev], {
        okExitCodes: [0, nothingFound],
      }),
      host.query(['lsblk', '--noheadings', '--raw', '--output', 'NAME', '--', dev]),
    ]);
    return {
      isDevice: true,
      signature: new Map(linesOf(probed.stdout).map((line) => line.split('=', 2) as [string, string])),
      children: linesOf(listed.stdout).slice(1),
    };
  },
  plan(task, facts) {
    if (isMade(task, facts)) return undefined;
    const found = describe(facts);
    // A volume may be made by tasks before; what carries something is told before anything at all is changed.
    if (found === noDevice) throw new TaskError(`${task.dev} is ${noDevice}`);
    if (found !== 'blank') throw new FinalTaskError(refusal(task, found));
    return {
      sentence: `make ${task.fstype} on ${task.dev}`,
      differences: [{ item: `file system on ${task.dev}`, wanted: task.fstype, found }],
    };
  },
  async apply(task, facts, host) {
    if (isMade(task, facts)) return;
    await host.run(['sh', '-c', makeScript, 'make-file-system', task.dev, ...makingOf(task)], {
      timeoutMs: 1_800_000,
    });
  },
});

function isMade({ fstype, uuid }: Args, { signature }: Facts): boolean {
  return signature.get('TYPE') === fstype && (uuid === undefined || signature.get('UUID') === uuid);
}

function describe({ isDevice, signature, children }: Facts): string {
  if (!isDevice) return noDevice;
  if (children.length > 0) return children.join(', ');
  const kind = signature.get('TYPE') ?? signature.get('PTTYPE');
  if (kind === undefined) return 'blank';
  const name = signature.get('LABEL') ?? signature.get('UUID');
  return name === undefined ? kind : `${kind} (${name})`;
}

function refusal({ dev, fstype }: Args, found: string): string {
  return `${dev} is to become ${fstype}, but it carries ${found} and is not wiped by itself; if nothing on it is needed any more, on the host: wipefs --all ${dev}`;
}

function makingOf({ dev, fstype, uuid, opts }: Args): string[] {
  const named = uuid === undefined ? [] : fstype === 'xfs' ? ['-m', `uuid=${uuid}`] : ['-U', uuid];
  const more = opts === undefined ? [] : opts.split(/\s+/).filter(Boolean);
  return [`mkfs.${fstype}`, '-q', ...named, ...more, dev];
}

function linesOf(text: string): string[] {
  return text.split('\n').filter(Boolean);
}
