import type { MemoryCommand } from '../../../installer/testkit/memory-command.ts';

/** A disk is a file in memory, and its text what blkid reads on it. */
export const diskCommands: Readonly<Record<string, MemoryCommand>> = {
  test: ({ files }, [, , path = '']) => ({ exitCode: files.get(path) === undefined ? 1 : 0 }),
  blkid({ files }, argv) {
    const text = files.text(argv.at(-1) ?? '') ?? '';
    return { stdout: text, exitCode: text === '' ? 2 : 0 };
  },
  lsblk: ({ files }, argv) => ({ stdout: `sdb\n${files.text(`${argv.at(-1)}.children`) ?? ''}` }),
  'make-file-system'({ files }, [, device = '', program = '', ...words]) {
    if (files.text(device) !== '') return { exitCode: 65, stderr: `${device} is not blank any more` };
    const named = words.find((word) => /[0-9a-f]{8}-/.test(word))?.replace('uuid=', '');
    files.edit(device, `TYPE=${program.replace('mkfs.', '')}\nUUID=${named}\n`);
    return {};
  },
  'what-would-be-hidden': () => ({ stdout: '' }),
};

export const bootIdFile = '/proc/sys/kernel/random/boot_id';

/** A boot menu that can be written, and a reboot after which the kernel has the arguments of the menu. */
export const bootCommands: Readonly<Record<string, MemoryCommand>> = {
  wall: () => ({}),
  'update-grub': () => ({}),
  'systemd-run'(machine) {
    const menu = machine.files.text('/etc/default/grub.d/90-perimeter.cfg') ?? '';
    const [, words = ''] = /\$GRUB_CMDLINE_LINUX (.*)"/.exec(menu) ?? [];
    machine.facts = { ...machine.facts, cmdline: words };
    machine.files.edit(bootIdFile, 'second\n');
    return {};
  },
};
