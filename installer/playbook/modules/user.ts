import { z } from 'zod';
import type { HostView } from '../../hosts/host.ts';
import { absolutePath, account, told } from '../fields.ts';
import { type Difference, defineModule } from '../module.ts';
import { accountEntry } from './shared/account-entry.ts';

const args = z.strictObject({
  name: told(account(), 'the user'),
  uid: told(z.number().int().min(0).optional(), 'its number; not said: any'),
  group: told(account().optional(), 'its first group; not said: one of its own name'),
  system: told(z.boolean().optional(), 'a number out of those for services, when it is made', false),
  home: told(absolutePath().optional(), 'its home folder'),
  shell: told(absolutePath().optional(), 'the program that it logs in to'),
  create_home: told(z.boolean().optional(), 'make the home folder when it is not there', true),
  state: told(z.enum(['present', 'absent']).optional(), 'there or not there', 'present'),
});
type Args = z.output<typeof args>;

interface Facts {
  /** Fields of its line in passwd. */
  readonly entry: readonly string[] | undefined;
  /** Number of the group that it is to have; undefined when there is no such group, or none is wanted. */
  readonly gid: string | undefined;
  /** Its home folder, as declared or as it is now. */
  readonly home: string | undefined;
  readonly hasHome: boolean;
}

/** Beside the place and then moved there: what is cut off leaves no half of a home. */
const homeScript = `
set -eu
mkdir -p -- "$(dirname -- "$2")"
fresh=$(mktemp -d -- "$2.XXXXXX")
trap 'rm -rf -- "$fresh"' EXIT
[ ! -d /etc/skel ] || cp -rT -- /etc/skel "$fresh"
chown -R -- "$1:" "$fresh"
chmod 0700 -- "$fresh"
mv -T -- "$fresh" "$2"`;

export const user = defineModule<typeof args, Facts>({
  name: 'user',
  summary: 'A user account of the host. Passwords are never set here.',
  example: 'user: {name: backup, system: true, home: /srv/backup, shell: /usr/sbin/nologin}',
  args,
  watches: ({ name }) => [{ kind: 'user', name }],
  async inspect(task, host) {
    const [entry, groupEntry] = await Promise.all([
      accountEntry(host, 'passwd', task.name),
      task.group === undefined ? undefined : accountEntry(host, 'group', task.group),
    ]);
    const home = task.home ?? entry?.[5];
    return { entry, gid: groupEntry?.[2], home, hasHome: await isThere(host, home) };
  },
  plan(task, facts) {
    const { name } = task;
    const { entry } = facts;
    if (task.state === 'absent') {
      return entry === undefined
        ? undefined
        : {
            sentence: `remove the user ${name}`,
            differences: [{ item: `user ${name}`, wanted: 'none', found: 'there' }],
          };
    }
    if (entry === undefined)
      return {
        sentence: `add the user ${name}`,
        differences: [{ item: `user ${name}`, wanted: 'there', found: 'none' }],
      };
    const differences = [...accountDifferences(task, entry, facts), ...homeDifference(task, facts)];
    return differences.length === 0
      ? undefined
      : { sentence: `change ${differences.map(({ item }) => item).join(', ')}`, differences };
  },
  async apply(task, facts, host) {
    const { entry } = facts;
    if (task.state === 'absent') {
      await host.run(['userdel', task.name]);
      return;
    }
    // The home is made afterwards: an account that is there says nothing of whether its home was finished.
    const kind = [...(task.system ? ['--system'] : []), '--no-create-home'];
    if (entry === undefined) await host.run(['useradd', ...kind, ...settings(task, '--home-dir'), task.name]);
    else if (accountDifferences(task, entry, facts).length > 0)
      await host.run(['usermod', ...settings(task, '--home'), task.name]);
    if (task.create_home === false || facts.hasHome) return;
    const home = facts.home ?? (await accountEntry(host, 'passwd', task.name))?.[5];
    if (home !== undefined && !(await isThere(host, home)))
      await host.run(['sh', '-c', homeScript, 'make-home', task.name, home]);
  },
});

async function isThere(host: HostView, path: string | undefined): Promise<boolean> {
  return path !== undefined && (await host.status(path)) !== undefined;
}

function accountDifferences(task: Args, entry: readonly string[], { gid }: Facts): Difference[] {
  const fields = fieldDifferences(task, entry);
  if (task.group === undefined || gid === entry[3]) return fields;
  return [
    ...fields,
    { item: `group of user ${task.name}`, wanted: task.group, found: `number ${entry[3] ?? ''}` },
  ];
}

function homeDifference({ name, create_home: makes = true }: Args, { home, hasHome }: Facts): Difference[] {
  if (!makes || hasHome) return [];
  return [{ item: `home folder of user ${name}`, wanted: home ?? '', found: 'nothing there' }];
}

/** The places of these fields in a line of passwd. */
function fieldDifferences({ name, uid, home, shell }: Args, entry: readonly string[]): Difference[] {
  const wanted: readonly (readonly [string, string | undefined, number])[] = [
    ['number', uid?.toString(), 2],
    ['home', home, 5],
    ['shell', shell, 6],
  ];
  return wanted.flatMap(([item, want, field]) =>
    want === undefined || want === entry[field]
      ? []
      : [{ item: `${item} of user ${name}`, wanted: want, found: entry[field] ?? '' }],
  );
}

/** useradd and usermod call the home by different words. */
function settings({ uid, group, home, shell }: Args, homeOption: '--home-dir' | '--home'): string[] {
  return [
    ...(uid === undefined ? [] : ['--uid', String(uid)]),
    ...(group === undefined ? [] : ['--gid', group]),
    ...(home === undefined ? [] : [homeOption, home]),
    ...(shell === undefined ? [] : ['--shell', shell]),
  ];
}
