import type { MemoryCommand } from './memory-command.ts';
import type { MemoryMachine } from './memory-machine.ts';

const tablePath = '/proc/mounts';

/** `mount PATH` goes by the entry in /etc/fstab, `mount -t KIND -o remount,OPTIONS -- SOURCE PATH` by its words. */
const mount: MemoryCommand = (machine, argv) => {
  const [path = '', said = ''] = [argv.at(-1), argv.at(-2)];
  if (argv.includes('-o')) {
    const [kind = '', options = ''] = [argv[2], argv[4]];
    put(machine, path, `${said} ${path} ${kind} ${effective(options)} 0 0`);
    return {};
  }
  const entry = rowsOf(machine, '/etc/fstab').find((row) => row[1] === path);
  if (entry === undefined) return { exitCode: 32, stderr: `mount: ${path}: can't find in /etc/fstab` };
  const [source = '', , kind = '', options = ''] = entry;
  put(machine, path, `${source} ${path} ${kind} ${effective(options)} 0 0`);
  return {};
};

const umount: MemoryCommand = (machine, [, path = '']) => {
  put(machine, path, undefined);
  return {};
};

const compareMount: MemoryCommand = (_machine, [, declared = '', mounted = '']) => ({
  stdout: declared === mounted ? 'yes' : 'no',
});

export const mountCommands: Readonly<Record<string, MemoryCommand>> = {
  mount,
  umount,
  findfs: (_machine, [, source = '']) => ({ stdout: `${source}\n` }),
  'compare-mount': compareMount,
};

function put(machine: MemoryMachine, path: string, line: string | undefined): void {
  const { files, mounts } = machine;
  if (line === undefined) mounts.delete(path);
  else mounts.add(path);
  const others = rowsOf(machine, tablePath).filter((row) => row[1] !== path);
  const lines = [...others.map((row) => row.join(' ')), ...(line === undefined ? [] : [line])];
  files.edit(tablePath, lines.map((one) => `${one}\n`).join(''));
}

/** As the kernel tells them: all that is not said is at its default. */
function effective(options: string): string {
  const words = options.split(',');
  const usual = ['defaults', 'remount', 'rw', 'suid', 'dev', 'exec', 'relatime', 'ro', 'noatime'];
  const named = words.filter((word) => !usual.includes(word));
  return [
    words.includes('ro') ? 'ro' : 'rw',
    ...named,
    words.includes('noatime') ? 'noatime' : 'relatime',
  ].join(',');
}

function rowsOf({ files }: MemoryMachine, path: string): string[][] {
  return (files.text(path) ?? '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.trim().split(/\s+/));
}
