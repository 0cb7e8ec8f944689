import { z } from 'zod';
import { account, told } from '../fields.ts';
import { defineModule } from '../module.ts';
import { accountEntry } from './shared/account-entry.ts';

const args = z.strictObject({
  name: told(account(), 'the group'),
  gid: told(z.number().int().min(0).optional(), 'its number; not said: any'),
  system: told(z.boolean().optional(), 'a number out of those for services, when it is made', false),
  state: told(z.enum(['present', 'absent']).optional(), 'there or not there', 'present'),
});

export const group = defineModule<typeof args, readonly string[] | undefined>({
  name: 'group',
  summary: 'A group of the host.',
  example: 'group: {name: backup, system: true}',
  args,
  watches: ({ name }) => [{ kind: 'group', name }],
  inspect: ({ name }, host) => accountEntry(host, 'group', name),
  plan({ name, state, gid }, entry) {
    const wanted = state !== 'absent';
    if (!wanted)
      return entry === undefined
        ? undefined
        : {
            sentence: `remove the group ${name}`,
            differences: [{ item: `group ${name}`, wanted: 'none', found: 'there' }],
          };
    if (entry === undefined)
      return {
        sentence: `add the group ${name}`,
        differences: [{ item: `group ${name}`, wanted: 'there', found: 'none' }],
      };
    if (gid === undefined || entry[2] === String(gid)) return undefined;
    return {
      sentence: `give the group ${name} the number ${gid}`,
      differences: [{ item: `number of group ${name}`, wanted: String(gid), found: entry[2] ?? '' }],
    };
  },
  async apply({ name, gid, system, state }, entry, host) {
    const number = gid === undefined ? [] : ['--gid', String(gid)];
    if (state === 'absent') await host.run(['groupdel', name]);
    else if (entry === undefined)
      await host.run(['groupadd', ...(system ? ['--system'] : []), ...number, name]);
    else await host.run(['groupmod', ...number, name]);
  },
});
