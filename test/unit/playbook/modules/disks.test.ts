import { expect, it } from 'vitest';
import { playbookModules } from '../../../../installer/playbook/modules.ts';
import { MemoryHost } from '../../../../installer/testkit/memory-host.ts';
import { bootCommands, bootIdFile, diskCommands as commands } from '../../suites/machine-commands.ts';
import { describeModule } from '../../suites/module-suite.ts';

const uuid = '11111111-2222-8333-8444-555555555555';
const context = { variables: {}, directory: '/nowhere', quiet: false };

const blank = (host: MemoryHost): void => host.files.edit('/dev/sdb', '');

describeModule('filesystem', [
  {
    title: 'makes one on a blank disk',
    args: { dev: '/dev/sdb', fstype: 'ext4', uuid },
    prepare: blank,
    commands,
    sentence: 'make ext4 on /dev/sdb',
    after: (host) => expect(host.files.text('/dev/sdb')).toBe(`TYPE=ext4\nUUID=${uuid}\n`),
  },
  {
    title: 'makes another kind, with options',
    args: { dev: '/dev/sdb', fstype: 'xfs', uuid, opts: '-i size=1024' },
    prepare: blank,
    commands,
    sentence: 'make xfs on /dev/sdb',
    after: (host) => expect(host.files.text('/dev/sdb')).toContain('TYPE=xfs'),
  },
]);

it.each([
  ['another file system', 'TYPE=ext4\nLABEL=data\n', '', 'it carries ext4 (data) and is not wiped by itself'],
  ['the same kind made by another node', 'TYPE=ext4\nUUID=other\n', '', 'it carries ext4 (other)'],
  ['a table of partitions', 'PTTYPE=gpt\n', '', 'it carries gpt'],
  ['a volume on top', '', 'vg0-data\n', 'it carries vg0-data'],
])('a disk with %s is refused, with the command that would wipe it', async (_what, text, children, words) => {
  const host = new MemoryHost({ commands });
  host.files.edit('/dev/sdb', text);
  host.files.edit('/dev/sdb.children', children);
  const module = playbookModules['filesystem'];
  const args = { dev: '/dev/sdb', fstype: 'ext4', uuid };
  const facts = await module?.inspect(args, host, context);
  expect(() => module?.plan(args, facts, context)).toThrow(words);
  expect(() => module?.plan(args, facts, context)).toThrow('wipefs --all /dev/sdb');
  expect(host.changes).toEqual([]);
});

it('a device that is not there is no blank one', async () => {
  const host = new MemoryHost({ commands });
  const module = playbookModules['filesystem'];
  const args = { dev: '/dev/sdz', fstype: 'ext4' };
  const facts = await module?.inspect(args, host, context);
  expect(() => module?.plan(args, facts, context)).toThrow('/dev/sdz is no block device');
});

it('reboot waits until the host answers from another boot, and may stand in handlers alone', async () => {
  const host = new MemoryHost({ commands: bootCommands });
  host.files.edit(bootIdFile, 'first\n');
  const module = playbookModules['reboot'];
  const facts = await module?.inspect({}, host, context);
  expect(module?.plan({}, facts, context)?.sentence).toBe('boot the host once more');
  await module?.apply({}, facts, host, context);
  expect(host.changes.at(-1)).toMatch(/systemd-run .*--on-active=1 .*systemctl reboot$/);
  expect(host.files.text(bootIdFile)).toBe('second\n');
  expect(module?.onlyInHandlers?.({})).toContain('belongs to a handler');
});
