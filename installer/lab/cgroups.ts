import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../base/condition.ts';
import { readFileIfThere } from '../base/files.ts';
import { killProcess } from '../base/kill-process.ts';

/** One mounted cgroup hierarchy of the machine. */
export interface Hierarchy {
  readonly path: string;
  readonly version: 1 | 2;
  /** Controllers of a version 1 hierarchy; `name=systemd` is one without. */
  readonly controllers: readonly string[];
}

/** v1 when any resource controller is mounted the old way: then kubelet and containerd must use it too. */
export type CgroupKind = 'v1' | 'v2';

const resourceControllers = new Set([
  'cpu',
  'cpuacct',
  'cpuset',
  'memory',
  'pids',
  'blkio',
  'devices',
  'freezer',
]);

/** What the machine has, from the text of /proc/self/mountinfo. */
export function hierarchiesIn(mountinfo: string): Hierarchy[] {
  return mountinfo.split('\n').flatMap((line): Hierarchy[] => {
    const [before = '', after = ''] = line.split(' - ');
    const path = before.split(' ')[4] ?? '';
    const [type, , options = ''] = after.split(' ');
    if (type === 'cgroup2') return [{ path, version: 2, controllers: [] }];
    if (type !== 'cgroup') return [];
    const controllers = options
      .split(',')
      .filter((word) => resourceControllers.has(word) || word.startsWith('name='));
    return [{ path, version: 1, controllers }];
  });
}

export function cgroupKindOf(hierarchies: readonly Hierarchy[]): CgroupKind {
  const old = hierarchies.some((one) => one.controllers.some((name) => resourceControllers.has(name)));
  return old ? 'v1' : 'v2';
}

export async function readHierarchies(): Promise<Hierarchy[]> {
  return hierarchiesIn(await readFile('/proc/self/mountinfo', 'utf8'));
}

/** The process ids in a cgroup folder and all below it. */
export async function processesIn(folder: string): Promise<number[]> {
  const found: number[] = [];
  for (const one of await foldersBelow(folder)) {
    const text = (await readFileIfGone(join(one, 'cgroup.procs'))) ?? '';
    found.push(...text.split('\n').filter(Boolean).map(Number));
  }
  return found;
}

/** Makes one cgroup folder; a cpuset needs its parent's processors and memory nodes before it takes processes. */
export async function makeCgroup(hierarchy: Hierarchy, ...names: readonly string[]): Promise<string> {
  let folder = hierarchy.path;
  for (const name of names) {
    const parent = folder;
    folder = join(parent, name);
    await mkdir(folder, { recursive: true });
    if (!hierarchy.controllers.includes('cpuset')) continue;
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      await writeFile(join(folder, file), await readFile(join(parent, file), 'utf8'));
    }
  }
  return folder;
}

/**
 * Takes cgroup folders away with everything below them, and ends every process found in them at once, like a power cut.
 * Repeats until nothing is left: a process may enter late, and the kernel lets go of dead ones late.
 */
export async function removeCgroups(folders: readonly string[]): Promise<void> {
  await waitFor({
    description: `no process is left in ${folders[0] ?? 'no cgroup'}`,
    timeoutMs: 30_000,
    intervalMs: 50,
    hint: 'A process hangs in the kernel. Wait for the disk, then run the same command again.',
    probe: async (report) => {
      report('processes that do not end');
      await killProcessesIn(folders);
      const inner = (await Promise.all(folders.map(foldersBelow))).flat().toReversed();
      for (const one of inner) await removeFolder(one);
      return true;
    },
  });
}

/** Ends every process in the given cgroup folders; true when there was none. */
async function killProcessesIn(folders: readonly string[]): Promise<boolean> {
  const ids = new Set((await Promise.all(folders.map(processesIn))).flat());
  for (const id of ids) killProcess(id);
  return ids.size === 0;
}

async function removeFolder(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** The folder itself first, children after their parents; empty when it is not there. */
async function foldersBelow(folder: string): Promise<string[]> {
  const names = await childrenOf(folder);
  if (names === undefined) return [];
  return [folder, ...(await Promise.all(names.map((name) => foldersBelow(join(folder, name))))).flat()];
}

/** Names of the cgroups directly below one; undefined when there is no such cgroup. */
export async function childrenOf(folder: string): Promise<string[] | undefined> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A cgroup file can vanish between opening and reading it: ENODEV then. */
async function readFileIfGone(path: string): Promise<string | undefined> {
  try {
    return await readFileIfThere(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENODEV') return undefined;
    throw error;
  }
}

/** Memory charged to a cgroup and everything below it, page cache included; from whichever folder has the controller. */
export async function memoryUsedIn(folders: readonly string[]): Promise<number | undefined> {
  for (const folder of folders) {
    for (const file of ['memory.current', 'memory.usage_in_bytes']) {
      const text = await readFileIfGone(join(folder, file));
      if (text !== undefined) return Number(text);
    }
  }
  return undefined;
}
