import type { MemoryCommand } from './memory-command.ts';
import type { MemoryMachine } from './memory-machine.ts';

const getent: MemoryCommand = ({ files }, [, database = '', name = '']) => {
  const line = linesOf(files.text(`/etc/${database}`)).find((entry) => entry.startsWith(`${name}:`));
  return line === undefined ? { exitCode: 2 } : { stdout: `${line}\n` };
};

const add =
  (
    path: string,
    lineOf: (name: string, option: (flag: string) => string | undefined) => string,
  ): MemoryCommand =>
  (machine, argv) => {
    edit(machine, path, (lines) => [...lines, lineOf(argv.at(-1) ?? '', optionsOf(argv))]);
    return {};
  };

const remove =
  (path: string): MemoryCommand =>
  (machine, argv) => {
    edit(machine, path, (lines) => lines.filter((line) => !line.startsWith(`${argv.at(-1)}:`)));
    return {};
  };

/** Fields of an account line and the options that set them. */
const modify =
  (path: string, fields: Readonly<Record<number, string>>): MemoryCommand =>
  (machine, argv) => {
    const option = optionsOf(argv);
    edit(machine, path, (lines) =>
      lines.map((line) => {
        if (!line.startsWith(`${argv.at(-1)}:`)) return line;
        return line
          .split(':')
          .map((value, index) => option(fields[index] ?? '') ?? value)
          .join(':');
      }),
    );
    return {};
  };

const userFields = { 2: '--uid', 5: '--home-dir', 6: '--shell' };

export const accountCommands: Readonly<Record<string, MemoryCommand>> = {
  getent,
  groupadd: add('/etc/group', (name, option) => `${name}:x:${option('--gid') ?? '990'}:`),
  groupmod: modify('/etc/group', { 2: '--gid' }),
  groupdel: remove('/etc/group'),
  useradd: add(
    '/etc/passwd',
    (name, option) =>
      `${name}:x:${option('--uid') ?? '990'}:990::${option('--home-dir') ?? `/home/${name}`}:${option('--shell') ?? '/bin/sh'}`,
  ),
  usermod: modify('/etc/passwd', userFields),
  userdel: remove('/etc/passwd'),
};

function optionsOf(argv: readonly string[]): (flag: string) => string | undefined {
  return (flag) => (argv.includes(flag) ? argv[argv.indexOf(flag) + 1] : undefined);
}

function linesOf(text: string | undefined): string[] {
  return (text ?? '').split('\n').filter(Boolean);
}

function edit(
  { files }: MemoryMachine,
  path: string,
  change: (lines: readonly string[]) => readonly string[],
): void {
  files.edit(
    path,
    change(linesOf(files.text(path)))
      .map((line) => `${line}\n`)
      .join(''),
  );
}
