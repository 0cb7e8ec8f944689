import { join } from 'node:path';
import { type Distribution, distributions } from '../base/distributions.ts';
import { PerimeterError } from '../base/errors.ts';
import { type Events, step } from '../base/events.ts';
import { readFileIfThere, stateDirectory, writeFileAtomic } from '../base/files.ts';
import { mapParallel } from '../base/parallel.ts';
import { count } from '../base/units.ts';
import { baseRootDirectory, ensureBaseRoot } from './base-root.ts';
import { cgroupKindOf, readHierarchies } from './cgroups.ts';
import { leaderPid, switchOn, waitForSsh } from './host-process.ts';
import { ensureHostRoot } from './host-root.ts';
import { hostNames, labNames, maximumHosts } from './lab-names.ts';
import { hostDirectory, type Lab, type LabHost, labDirectory, readLab, writeLab } from './lab-store.ts';
import { gatewayOf, hostAddress } from './lab-subnet.ts';
import { withLock } from './lock.ts';
import { labPrograms, prepareMachine } from './machine-check.ts';
import { holdMachineSettings } from './machine-settings.ts';
import { ensureNetwork, freeSubnet } from './network.ts';
import { recipe } from './recipe.ts';

export { labDown } from './lab-down.ts';
export { hostOf, killHost, linkDown, linkUp, rebootHost, startHost } from './lab-faults.ts';
export { type LabStatus, labStatus } from './lab-status.ts';
export { type Lab, labDirectory, readLab } from './lab-store.ts';

export { type EgressCount, egressCount } from './network.ts';
export { skewClock } from './skew-clock.ts';

export interface LabOptions {
  /** Default "try". */
  readonly name?: string;
  /** Default 3, or as many as the lab has. A lab can grow while it is up, not shrink. */
  readonly hosts?: number;
  /** What hosts run, by their order (the list begins anew where it ends); default Debian 12. For a lab's first `up`. */
  readonly systems?: readonly Distribution[] | undefined;
  /** Memory limit of each host; default none but the machine's own. */
  readonly memoryBytes?: number;
  readonly signal?: AbortSignal;
}

/**
 * Brings a lab up and returns it: bare hosts with systemd and sshd, each in a network of the lab's own that has no way
 * out. What is there already is kept, a host that died is booted again. Stays up until `labDown`.
 * Raises E_USAGE, E_MACHINE_UNFIT (with every finding) or E_LAB. Safe to interrupt and to repeat.
 */
export async function labUp(options: LabOptions, events: Events): Promise<Lab> {
  const name = options.name ?? 'try';
  const directory = labDirectory(name);
  return withLock(`lab ${directory}`, 10_000, async () => {
    const known = await readLab(name);
    const hosts = wantedHosts(options, known);
    await step(events, ['lab-machine'], 'Check that this machine can carry the lab', () =>
      prepareMachine(needsOf(hosts - (known?.hosts.length ?? 0)), events),
    );
    const bases = await basesFor(options.systems, known, events, options.signal);
    // Two labs that start at once must not choose the same network.
    const lab = await withLock('lab-network', 60_000, async () => {
      const planned = await planLab(name, directory, hosts, known, bases, options.memoryBytes);
      options.signal?.throwIfAborted();
      await step(
        events,
        ['lab-network'],
        `Set up network ${planned.subnetCidr} without a way out`,
        async () => {
          await writeLab(planned);
          await holdMachineSettings(directory);
          await ensureKey(planned);
          await ensureNetwork(planned);
        },
      );
      return planned;
    });
    const scope = ['lab-hosts'];
    return step(events, scope, `Boot ${count(hosts, 'host')}`, () =>
      bootHosts(lab, events, scope, options.signal),
    );
  });
}

function wantedHosts(options: LabOptions, known: Lab | undefined): number {
  const hosts = options.hosts ?? known?.hosts.length ?? 3;
  if (!Number.isInteger(hosts) || hosts < 1 || hosts > maximumHosts) {
    throw new PerimeterError('E_USAGE', {
      message: `A lab cannot have ${hosts} hosts.`,
      hint: `Ask for 1 to ${maximumHosts}: --hosts 3`,
    });
  }
  const shrinks = known !== undefined && hosts < known.hosts.length;
  const differs =
    options.memoryBytes !== undefined && known !== undefined && options.memoryBytes !== known.memoryBytes;
  if (known !== undefined && (shrinks || differs)) {
    throw new PerimeterError('E_USAGE', {
      message: `Lab "${known.name}" is there already with ${count(known.hosts.length, 'host')}${differs ? ' and another memory limit' : ''}.`,
      hint: `Take it down first: perimeter lab down --name ${known.name}`,
    });
  }
  return hosts;
}

/** Hosts stay on the base they were made with, also after an update of the product. The first is the lab's own. */
async function basesFor(
  systems: readonly Distribution[] = [distributions[0]],
  known: Lab | undefined,
  events: Events,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const isOlder = known !== undefined && known.baseDir !== baseRootDirectory(distributions[0]);
  if (isOlder) return [known.baseDir];
  const bases: string[] = [];
  for (const system of systems) bases.push(await ensureBaseRoot(system, events, signal));
  return bases;
}

const gigabyte = 1_000_000_000;

function needsOf(newHosts: number) {
  return {
    programs: labPrograms,
    freeDisk: [{ path: stateDirectory(), bytes: gigabyte * (1 + Math.max(0, newHosts)) }],
    freeMemoryBytes: 0.2 * gigabyte * (1 + Math.max(0, newHosts)),
  };
}

async function planLab(
  name: string,
  directory: string,
  hosts: number,
  known: Lab | undefined,
  bases: readonly string[],
  memoryBytes: number | undefined,
): Promise<Lab> {
  const subnetCidr = known?.subnetCidr ?? (await freeSubnet({ name, directory }));
  const limit = known?.memoryBytes ?? memoryBytes;
  return {
    version: 1,
    name,
    directory,
    bridge: labNames(directory, name).bridge,
    gateway: gatewayOf(subnetCidr),
    subnetCidr,
    keyFile: join(directory, 'ssh', 'id_ed25519'),
    knownHostsFile: join(directory, 'ssh', 'known_hosts'),
    baseDir: known?.baseDir ?? bases[0] ?? '',
    ...(limit === undefined ? {} : { memoryBytes: limit }),
    hosts: hostNames(hosts).map(
      (host, index): LabHost =>
        known?.hosts[index] ?? {
          name: host,
          address: hostAddress(subnetCidr, index),
          hostKey: '',
          rootDir: join(hostDirectory({ directory }, host), 'root'),
          baseDir: bases[index % bases.length],
        },
    ),
  };
}

async function ensureKey(lab: Lab): Promise<void> {
  if ((await readFileIfThere(`${lab.keyFile}.pub`)) !== undefined) return;
  await recipe`mkdir -p -m 0700 ${join(lab.directory, 'ssh')}`;
  await recipe`rm -f ${lab.keyFile}`;
  await recipe`ssh-keygen -q -t ed25519 -N ${''} -C ${`perimeter-lab-${lab.name}`} -f ${lab.keyFile}`;
}

async function bootHosts(
  lab: Lab,
  events: Events,
  scope: readonly string[],
  signal?: AbortSignal,
): Promise<Lab> {
  const kind = cgroupKindOf(await readHierarchies());
  const hosts = await mapParallel(lab.hosts, 4, async (host): Promise<LabHost> => {
    const inner = [...scope, host.name];
    if (host.hostKey !== '' && (await leaderPid(lab, host)) !== undefined) {
      events.emit({ kind: 'skip', scope: inner, reason: 'is running' });
      return host;
    }
    return step(events, inner, `Boot ${host.name} at ${host.address}`, async () => {
      const hostKey = await ensureHostRoot(lab, host, kind);
      signal?.throwIfAborted();
      await switchOn(lab, host);
      await waitForSsh(lab, host, signal);
      return { ...host, hostKey };
    });
  });
  const complete = { ...lab, hosts };
  await writeLab(complete);
  await writeFileAtomic(
    lab.knownHostsFile,
    hosts.map((host) => `${host.address} ${host.hostKey}\n`).join(''),
    0o600,
  );
  return complete;
}
