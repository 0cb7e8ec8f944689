import { watchPaths } from '../parts/watch/watch-paths.ts';
import { accountCommands } from './memory-account-commands.ts';
import type { MemoryCommand } from './memory-command.ts';
import { mountCommands } from './memory-mount-commands.ts';
import { packageCommands } from './memory-package-commands.ts';
import { systemctl } from './memory-systemctl.ts';
import { watch } from './memory-watch.ts';

const printf: MemoryCommand = (_machine, [, format = '', ...words]) => ({
  stdout: words.map((word) => format.replace('%s', () => word)).join(''),
});

const factLines: MemoryCommand = ({ facts, files }) => {
  const lines = Object.entries(facts).flatMap(([key, value]) =>
    typeof value === 'string' ? [`${key} ${value}`] : value.map((one) => `${key} ${one}`),
  );
  const marker = files.text('/var/lib/perimeter/site.json');
  const clock = `clock ${BigInt(Date.now()) * 1_000_000n}`;
  const markerLines = marker === undefined ? [] : [`marker ${Buffer.from(marker).toString('base64')}`];
  return { stdout: `${[clock, ...lines, ...markerLines, clock].join('\n')}\n` };
};

/** The long look: what the short one prints, and the rest of a fit server. */
const surveyLines: MemoryCommand = (machine, argv, input) => {
  const lines = Object.entries(machine.survey).flatMap(([key, value]) =>
    (typeof value === 'string' ? [value] : value).map((one) => `${key} ${one}`),
  );
  const { stdout = '' } = factLines(machine, argv, input) as { stdout?: string };
  return { stdout: `${stdout}${lines.join('\n')}\nsurveyed yes\nclock ${BigInt(Date.now()) * 1_000_000n}\n` };
};

/** Nobody else is there: what is asked finds silence, and no way out. */
const ask: MemoryCommand = (_machine, [, ...questions]) => ({
  stdout: questions.map((_question, number) => `ask ${number} unreachable\n`).join(''),
});

const probeOutside: MemoryCommand = async (machine, [name = '', , ...questions], input) => {
  const { stdout = '' } = await ask(machine, [name, ...questions], input);
  return { stdout: `${stdout}name unknown\n` };
};

const probePeers: MemoryCommand = (_machine, [, mtu = '1500', , ...addresses]) => ({
  stdout: addresses
    .map(
      (one) =>
        `peer ${one} time 120\npeer ${one} lost 0 10\npeer ${one} port 6443 refused\npeer ${one} whole arrived ${mtu}\n`,
    )
    .join(''),
});

const modprobe: MemoryCommand = ({ files }, [, name = '']) => {
  files.directory(`/sys/module/${name.replaceAll('-', '_')}`);
  return {};
};

const setKernelValue: MemoryCommand = ({ files }, [, path = '', value = '']) => {
  files.edit(path, `${value}\n`);
  return {};
};

const mkdir: MemoryCommand = ({ files }, argv) => {
  files.directory(argv.at(-1) ?? '');
  return {};
};

/** All of the log, where there is one: what a real host leaves out is only left out to keep the answer short. */
const readAuditLog: MemoryCommand = ({ files }, [, , path = '']) => {
  const log = files.text(path);
  if (log === undefined) return {};
  const accounts = (files.text('/etc/passwd') ?? '').split('\n').map((line) => line.split(':'));
  const users = accounts.map(([name = '', , number = '']) => `user ${number} ${name}\n`);
  return { stdout: `${users.join('')}${log}` };
};

/** The programs that product code calls on hosts, as far as their effects can be seen. Scripts of ours are known by their names. */
export const baseCommands: Readonly<Record<string, MemoryCommand>> = {
  true: () => ({}),
  false: () => ({ exitCode: 1 }),
  cat: (_machine, _argv, input) => ({ stdout: input }),
  printf,
  systemctl,
  modprobe,
  'look-at-host': factLines,
  'survey-host': surveyLines,
  'show-evidence': () => ({}),
  'tell-time': () => ({ stdout: `${BigInt(Date.now()) * 1_000_000n}\n` }),
  'probe-outside': probeOutside,
  'probe-peers': probePeers,
  'probe-bmc': ask,
  'probe-writes': (_machine, [, place = '']) => ({ stdout: `place ${place}\nperl 800000 1500\n` }),
  'is-built-in': () => ({ exitCode: 1 }),
  'set-kernel-value': setKernelValue,
  'update-ca-certificates': () => ({}),
  auditctl: () => ({}),
  'read-audit-log': readAuditLog,
  mkdir,
  [watchPaths.program]: watch,
  ...packageCommands,
  ...accountCommands,
  ...mountCommands,
};
