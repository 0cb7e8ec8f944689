import { execa } from 'execa';
import { PerimeterError } from '../base/errors.ts';
import { count, formatBytes } from '../base/units.ts';
import { hostOf, type Lab, type LabStatus, labDown, labStatus, labUp, readLab } from '../lab/lab.ts';
import { systemsOf, systemsOption } from './systems-option.ts';
import { defineVerb, type VerbContext, type VerbResult } from './verb.ts';

const options = {
  name: {
    type: 'string',
    value: 'LAB',
    default: 'try',
    summary: 'Which lab; several can be up side by side.',
  },
  hosts: {
    type: 'string',
    value: 'N',
    summary: 'How many hosts; 3 for a new lab. A lab can grow, not shrink.',
  },
  systems: systemsOption,
  memory: {
    type: 'string',
    value: 'SIZE',
    summary: 'Memory limit of each host, such as 6G or 800M; none by default.',
  },
} as const;

type LabContext = VerbContext<typeof options>;

export const labVerb = defineVerb({
  name: 'lab',
  summary: 'Boot bare hosts on this machine to try, test and rehearse on; they have no way out.',
  description:
    'Hosts are bare Debian (12, unless told otherwise) with systemd and sshd, each with its own network. They have no default route and no DNS to outside;\n' +
    'packets that try to leave all the same are dropped and counted. `down` leaves nothing behind but the cached base file system.',
  args: [
    { name: 'ACTION', summary: 'What to do.', choices: ['up', 'down', 'status', 'shell'] },
    { name: 'HOST', summary: 'For shell: the host to log in to, such as n1.', optional: true },
  ],
  options,
  examples: [
    { command: 'perimeter lab up', does: 'boots three hosts; run again, boots those that died' },
    { command: 'perimeter lab shell n1', does: 'logs in to a host' },
    { command: 'perimeter lab down', does: 'takes everything away' },
  ],
  run(context) {
    const [action = '', host] = context.args;
    if (host !== undefined && action !== 'shell') {
      throw usage(`lab ${action} takes no host, but got "${host}".`, `perimeter lab ${action}`);
    }
    return actions[action as keyof typeof actions](context);
  },
});

const actions = { up, down, status, shell };

async function up({ options: given, events, signal }: LabContext): Promise<VerbResult> {
  const lab = await labUp(
    {
      name: given.name,
      signal,
      ...(given.hosts === undefined ? {} : { hosts: parseHosts(given.hosts) }),
      ...(given.systems === undefined ? {} : { systems: systemsOf(given.systems) }),
      ...(given.memory === undefined ? {} : { memoryBytes: parseSize(given.memory) }),
    },
    events,
  );
  const flag = given.name === 'try' ? '' : ` --name ${given.name}`;
  const lines = [
    `Lab "${lab.name}" is up: ${lab.hosts.map((host) => `${host.name} ${host.address}`).join(', ')}.`,
    `Log in:    perimeter lab shell ${lab.hosts[0]?.name ?? 'n1'}${flag}`,
    `Take down: perimeter lab down${flag}`,
  ];
  return { text: lines.join('\n'), data: { lab: { ...lab } } };
}

async function down({ options: given, events }: LabContext): Promise<VerbResult> {
  await labDown(given.name, events);
  return { text: `Lab "${given.name}" is down; nothing of it is left.`, data: { name: given.name } };
}

async function status({ options: given }: LabContext): Promise<VerbResult> {
  const found = await labStatus(given.name);
  if (found === undefined) {
    return {
      text: `There is no lab "${given.name}". Boot one: perimeter lab up`,
      data: { name: given.name, lab: null },
    };
  }
  return { text: statusText(found), data: { ...found } };
}

async function shell({ args, options: given, pauseView }: LabContext): Promise<VerbResult> {
  const lab = await readLab(given.name);
  const name = args[1];
  if (lab === undefined) throw usage(`There is no lab "${given.name}".`, 'perimeter lab up');
  if (name === undefined) throw usage('Which host?', `perimeter lab shell ${lab.hosts[0]?.name ?? 'n1'}`);
  await pauseView();
  const { exitCode } = await execa('ssh', sshArguments(lab, name), { stdio: 'inherit', reject: false });
  return { exitCode: exitCode ?? 1 };
}

function sshArguments(lab: Lab, hostName: string): string[] {
  const pinned = ['-o', `UserKnownHostsFile=${lab.knownHostsFile}`, '-o', 'StrictHostKeyChecking=yes'];
  return [
    '-F',
    'none',
    '-i',
    lab.keyFile,
    '-o',
    'IdentitiesOnly=yes',
    ...pinned,
    `root@${hostOf(lab, hostName).address}`,
  ];
}

function statusText({ lab, hosts, egress }: LabStatus): string {
  const running = hosts.filter((host) => host.state === 'running').length;
  const rows = hosts.map((host) => {
    const memory = host.memoryUsedBytes === undefined ? '' : `  ${formatBytes(host.memoryUsedBytes)} memory`;
    return `  ${host.name.padEnd(4)}${host.address.padEnd(16)}${host.state}${memory}`;
  });
  const outward =
    egress === undefined
      ? `Its network is not there (was the machine restarted?): perimeter lab up --name ${lab.name}`
      : `Packets that tried to leave: ${egress.packets}`;
  return [`Lab "${lab.name}": ${running} of ${count(hosts.length, 'host')} running.`, ...rows, outward].join(
    '\n',
  );
}

function parseHosts(text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw usage(`--hosts is "${text}", which is no number.`, 'perimeter lab up --hosts 3');
}

/** Bytes of "6G", "800M" (powers of 1024, as memory is sold). Raises E_USAGE. */
export function parseSize(text: string): number {
  const [, digits, unit] = /^(\d{1,5})([MG])$/.exec(text) ?? [];
  if (digits === undefined || Number(digits) === 0) {
    throw usage(`--memory is "${text}", which is no size.`, 'perimeter lab up --memory 6G');
  }
  return Number(digits) * (unit === 'G' ? 2 ** 30 : 2 ** 20);
}

function usage(message: string, hint: string): PerimeterError {
  return new PerimeterError('E_USAGE', { message, hint });
}
