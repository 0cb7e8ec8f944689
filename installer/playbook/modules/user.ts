import { z } from 'zod';
import { absolutePath, account } from '../fields.ts';
import { type Difference, defineModule } from '../module.ts';
import { accountEntry } from './shared/account-entry.ts';

const args = z.strictObject({
  name: account(),
  uid: z.number().int().optional(),
  group: account().optional(),
  system: z.boolean().optional(),
  home: absolutePath().optional(),
  shell: absolutePath().optional(),
  create_home: z.boolean().optional(),
  state: z.enum(['present', 'absent']).optional(),
});
type Args = z.output<typeof args>;

export const user = defineModule<typeof args, readonly string[] | undefined>({
  name: 'user',
  summary: 'A user account of the host. Passwords are never set here.',
  args,
  watches: ({ name }) => [{ kind: 'user', name }],
  inspect: ({ name }, host) => accountEntry(host, 'passwd', name),
  plan(task, entry) {
    const { name } = task;
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
    const differences = fieldDifferences(task, entry);
    return differences.length === 0
      ? undefined
      : { sentence: `change ${differences.map(({ item }) => item).join(', ')}`, differences };
  },
  async apply(task, entry, host) {
    if (task.state === 'absent') await host.run(['userdel', task.name]);
    else if (entry === undefined) {
      const kind = [
        ...(task.system ? ['--system'] : []),
        task.create_home === true ? '--create-home' : '--no-create-home',
      ];
      await host.run([
        'useradd',
        ...kind,
        ...settings(task),
        ...(task.group === undefined ? [] : ['--gid', task.group]),
        task.name,
      ]);
    } else await host.run(['usermod', ...settings(task), task.name]);
  },
});

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

function settings({ uid, home, shell }: Args): string[] {
  return [
    ...(uid === undefined ? [] : ['--uid', String(uid)]),
    ...(home === undefined ? [] : ['--home-dir', home]),
    ...(shell === undefined ? [] : ['--shell', shell]),
  ];
}
