import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PerimeterError } from '../base/errors.ts';
import {
  cgroupKindOf,
  childrenOf,
  type Hierarchy,
  makeCgroup,
  processesIn,
  readHierarchies,
  removeCgroups,
} from './cgroups.ts';
import { labNames, machineName } from './lab-names.ts';
import type { Lab } from './lab-store.ts';
import { attempt, recipe } from './recipe.ts';

type LabPlace = Pick<Lab, 'name' | 'directory'>;

/**
 * The cgroup folders that hold everything a host runs, one per hierarchy. Under a systemd that manages cgroup v2 the folder
 * belongs to a service of its own, as systemd asks for; elsewhere the lab makes folders by hand.
 */
export interface Cage {
  readonly kind: 'v1' | 'v2';
  readonly folders: readonly string[];
  /** The systemd service to run the host in; absent when the folders are made by hand. */
  readonly service?: string;
}

export async function cageOf(lab: LabPlace, host: string): Promise<Cage> {
  const hierarchies = await readHierarchies();
  const kind = cgroupKindOf(hierarchies);
  const names = labNames(lab.directory, lab.name);
  if (kind === 'v2' && (await systemdManages())) {
    const service = `perimeter-lab-${machineName(names, host)}.service`;
    return { kind, service, folders: hierarchies.map((one) => join(one.path, 'system.slice', service)) };
  }
  return { kind, folders: hierarchies.map((one) => join(one.path, names.cgroup, host)) };
}

/** Makes the folders ready to take the host's first process. */
export async function prepareCage(lab: Lab, host: string): Promise<Cage> {
  const cage = await cageOf(lab, host);
  if (cage.service !== undefined) {
    await attempt`systemctl reset-failed ${cage.service}`;
    return cage;
  }
  const names = labNames(lab.directory, lab.name);
  for (const hierarchy of await readHierarchies()) {
    if (cage.kind === 'v2') await delegateControllers(hierarchy, names.cgroup);
    const folder = await makeCgroup(hierarchy, names.cgroup, host);
    await limitMemory(hierarchy, folder, cage.kind, lab.memoryBytes);
  }
  return cage;
}

export async function isOccupied(cage: Cage): Promise<boolean> {
  return (await Promise.all(cage.folders.map(processesIn))).some((ids) => ids.length > 0);
}

/** The host's first process (its systemd) as the machine numbers it; undefined while the host is not running. */
export async function leaderOf(cage: Cage): Promise<number | undefined> {
  for (const id of new Set((await Promise.all(cage.folders.map(processesIn))).flat())) {
    const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
    const numbers = /^NSpid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/) ?? [];
    if (numbers.length === 2 && numbers[1] === '1') return id;
  }
  return undefined;
}

/** Ends everything in the cage at once and takes the folders away. */
export async function emptyCage(cage: Cage): Promise<void> {
  if (cage.service === undefined) return removeCgroups(cage.folders);
  // systemd removes the folder of a service that has no process left.
  await attempt`systemctl kill --signal=KILL ${cage.service}`;
  await attempt`systemctl stop ${cage.service}`;
  await attempt`systemctl reset-failed ${cage.service}`;
}

/** Hosts that have a cage on this machine, whatever the lab's record says. */
export async function cagedHosts(lab: LabPlace): Promise<string[]> {
  const { cgroup } = labNames(lab.directory, lab.name);
  const units = await attempt`systemctl list-units --all --plain --no-legend ${`${cgroup}-*.service`}`;
  const services = (units ?? '').matchAll(new RegExp(`^${cgroup}-(n\\d+)\\.service`, 'gm'));
  const found = Array.from(services, (match) => match[1] as string);
  for (const hierarchy of await readHierarchies())
    found.push(...((await childrenOf(join(hierarchy.path, cgroup))) ?? []));
  return [...new Set(found)];
}

/** The lab's folder above its hosts' cages. */
export async function removeLabCgroups(lab: LabPlace): Promise<void> {
  const { cgroup } = labNames(lab.directory, lab.name);
  await removeCgroups((await readHierarchies()).map((one) => join(one.path, cgroup)));
}

async function systemdManages(): Promise<boolean> {
  return access('/run/systemd/system').then(
    () => true,
    () => false,
  );
}

/** cgroup v2 by hand: a controller is there for a host only when every folder above hands it down. */
async function delegateControllers(hierarchy: Hierarchy, name: string): Promise<void> {
  const folder = await makeCgroup(hierarchy, name);
  const offered = (await readFile(join(folder, 'cgroup.controllers'), 'utf8')).split(/\s+/).filter(Boolean);
  const missing = ['cpu', 'cpuset', 'memory', 'pids'].filter((one) => !offered.includes(one));
  if (missing.length > 0) {
    throw new PerimeterError('E_MACHINE_UNFIT', {
      message: `The cgroup controllers ${missing.join(', ')} are not handed down by ${hierarchy.path}.`,
      hint: `echo '${missing.map((one) => `+${one}`).join(' ')}' > ${hierarchy.path}/cgroup.subtree_control`,
    });
  }
  await writeFile(join(folder, 'cgroup.subtree_control'), offered.map((one) => `+${one}`).join(' '));
}

async function limitMemory(
  hierarchy: Hierarchy,
  folder: string,
  kind: Cage['kind'],
  bytes?: number,
): Promise<void> {
  if (bytes === undefined) return;
  if (kind === 'v2') await writeFile(join(folder, 'memory.max'), String(bytes));
  else if (hierarchy.controllers.includes('memory'))
    await writeFile(join(folder, 'memory.limit_in_bytes'), String(bytes));
}

/** Starts the runner as a systemd service that may manage its own part of the cgroup tree. */
export async function runAsService(
  service: string,
  memoryBytes: number | undefined,
  console: string,
  argv: readonly string[],
): Promise<void> {
  const limits = memoryBytes === undefined ? [] : ['-p', `MemoryMax=${memoryBytes}`];
  const options = [
    '--quiet',
    '--collect',
    `--unit=${service}`,
    '-p',
    'Delegate=yes',
    '-p',
    'OOMPolicy=continue',
    ...limits,
  ];
  await recipe`systemd-run ${options} -p ${`StandardOutput=append:${console}`} -p ${`StandardError=append:${console}`} ${argv}`;
}
