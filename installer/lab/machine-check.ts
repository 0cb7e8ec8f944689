import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { installDebianPackages } from '../base/debian-packages.ts';
import { PerimeterError } from '../base/errors.ts';
import { type Events, step } from '../base/events.ts';
import { freeBytesAt } from '../base/nearest-folder.ts';
import { count, formatBytes } from '../base/units.ts';

/** A program the machine must have, and the Debian package that brings it. */
export interface NeededProgram {
  readonly program: string;
  readonly package: string;
}

export interface MachineNeeds {
  readonly programs: readonly NeededProgram[];
  /** Absolute paths or names of programs no Debian package of ours brings, with what to do about it. */
  readonly others?: readonly { readonly program: string; readonly hint: string }[];
  readonly freeDisk: readonly { readonly path: string; readonly bytes: number }[];
  readonly freeMemoryBytes: number;
}

export const labPrograms: readonly NeededProgram[] = [
  { program: 'systemd-nspawn', package: 'systemd-container' },
  { program: 'mmdebstrap', package: 'mmdebstrap' },
  { program: 'ip', package: 'iproute2' },
  { program: 'nft', package: 'nftables' },
  { program: 'ssh-keygen', package: 'openssh-client' },
];

const capabilities = { sysAdmin: 21n, netAdmin: 12n };

/**
 * Looks whether this machine can carry what is asked, and installs missing Debian packages when run by root.
 * Raises E_MACHINE_UNFIT with every finding when it cannot.
 */
export async function prepareMachine(needs: MachineNeeds, events: Events): Promise<void> {
  const root = process.getuid?.() === 0;
  let missing = await missingPrograms(needs.programs);
  if (missing.length > 0 && root) {
    const packages = packagesOf(missing);
    await step(events, ['check-machine', 'packages'], `Install ${packages.join(', ')} on this machine`, () =>
      installDebianPackages(packages),
    );
    missing = await missingPrograms(needs.programs);
  }
  const findings = [
    ...(root ? [] : ['This command needs root: it makes network name spaces, mounts and cgroups.']),
    ...(root && !(await hasCapabilities())
      ? ['Root here may not mount or make network interfaces (a container without privileges?).']
      : []),
    ...missing.map((one) => `The program ${one.program} is missing (Debian package ${one.package}).`),
    ...(await missingOthers(needs.others ?? [])),
    ...(await diskFindings(needs.freeDisk)),
    ...memoryFindings(await readFile('/proc/meminfo', 'utf8'), needs.freeMemoryBytes),
  ];
  if (findings.length === 0) return;
  throw new PerimeterError('E_MACHINE_UNFIT', {
    message: `This machine cannot do it yet: ${count(findings.length, 'thing')} to mend.`,
    hint:
      missing.length > 0
        ? `As root: apt-get install -y --no-install-recommends ${packagesOf(missing).join(' ')}`
        : root
          ? 'Mend what is listed, or use a machine that has it; then run the same command again.'
          : 'Run the same command as root.',
    findings,
  });
}

/** The finding about memory, from the text of /proc/meminfo. */
export function memoryFindings(meminfo: string, neededBytes: number): string[] {
  const available = Number(/^MemAvailable:\s+(\d+) kB/m.exec(meminfo)?.[1] ?? 0) * 1024;
  return available >= neededBytes
    ? []
    : [`Memory: ${formatBytes(available)} are free, ${formatBytes(neededBytes)} are needed.`];
}

async function missingPrograms(programs: readonly NeededProgram[]): Promise<NeededProgram[]> {
  const checked = await Promise.all(
    programs.map(async (one) => ((await findProgram(one.program)) ? [] : [one])),
  );
  return checked.flat();
}

async function missingOthers(others: NonNullable<MachineNeeds['others']>): Promise<string[]> {
  const checked = await Promise.all(
    others.map(async (one) =>
      (await findProgram(one.program)) ? [] : [`The program ${one.program} is missing. ${one.hint}`],
    ),
  );
  return checked.flat();
}

function packagesOf(programs: readonly NeededProgram[]): string[] {
  return [...new Set(programs.map((one) => one.package))];
}

async function findProgram(name: string): Promise<boolean> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'].filter(Boolean);
  for (const folder of folders) {
    try {
      await access(join(folder, name), constants.X_OK);
      return true;
    } catch {
      // Not in this folder.
    }
  }
  return false;
}

async function diskFindings(needs: MachineNeeds['freeDisk']): Promise<string[]> {
  const checked = await Promise.all(
    needs.map(async ({ path, bytes }) => {
      const free = await freeBytesAt(path);
      return free >= bytes
        ? []
        : [`Disk: ${formatBytes(free)} are free at ${path}, ${formatBytes(bytes)} are needed.`];
    }),
  );
  return checked.flat();
}

async function hasCapabilities(): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'utf8');
  const effective = BigInt(`0x${/^CapEff:\s+([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  return Object.values(capabilities).every((bit) => ((effective >> bit) & 1n) === 1n);
}
