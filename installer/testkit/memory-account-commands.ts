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
    const option = optionsOf(machine, argv);
    edit(machine, path, (lines) => [...lines, lineOf(argv.at(-1) ?? '', option)]);
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
    const option = optionsOf(machine, argv);
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

/** Real programs take a name or a number for a group, and keep the number. */
const groupNumber = ({ files }: MemoryMachine, group: string | undefined): string | undefined =>
  linesOf(files.text('/etc/group'))
    .map((line) => line.split(':'))
    .find(([name]) => name === group)?.[2] ?? group;

const makeHome: MemoryCommand = ({ files }, [, name = '', path = '']) => {
  files.directory(path);
  files.attributes(path, { mode: 0o700, owner: name });
  return {};
};

export const accountCommands: Readonly<Record<string, MemoryCommand>> = {
  getent,
  groupadd: add('/etc/group', (name, option) => `${name}:x:${option('--gid') ?? '990'}:`),
  groupmod: modify('/etc/group', { 2: '--gid' }),
  groupdel: remove('/etc/group'),
  useradd: add(
    '/etc/passwd',
    (name, option) =>
      `${name}:x:${option('--uid') ?? '990'}:${option('--gid') ?? '990'}::${option('--home-dir') ?? `/home/${name}`}:${option('--shell') ?? '/bin/sh'}`,
  ),
  usermod: modify('/etc/passwd', { 2: '--uid', 3: '--gid', 5: '--home', 6: '--shell' }),
  userdel: remove('/etc/passwd'),
  'make-home': makeHome,
};

function optionsOf(machine: MemoryMachine, argv: readonly string[]): (flag: string) => string | undefined {
  return (flag) => {
    const value = argv.includes(flag) ? argv[argv.indexOf(flag) + 1] : undefined;
    return flag === '--gid' ? groupNumber(machine, value) : value;
  };
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
