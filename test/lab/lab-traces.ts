import { readdir, readFile, readlink } from 'node:fs/promises';
import { execa } from 'execa';
import { labDirectory } from '../../installer/lab/lab.ts';
import { labNames } from '../../installer/lab/lab-names.ts';

/** Everything on the machine that belongs to one lab, by kind. Looked up by other means than the lab itself uses. */
export interface Traces {
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly interfaces: readonly string[];
  readonly cgroups: readonly string[];
  readonly tables: readonly string[];
  readonly files: readonly string[];
}

export async function tracesOf(labName: string): Promise<Traces> {
  const directory = labDirectory(labName);
  const { tag } = labNames(directory, labName);
  const belongs = (text: string): boolean => text.includes(directory) || text.includes(tag);
  return {
    processes: await processes(belongs),
    mounts: (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter(belongs),
    interfaces: (await linesOf('ip', ['-o', 'link', 'show'])).filter(belongs),
    cgroups: (await linesOf('find', ['/sys/fs/cgroup', '-type', 'd'])).filter(belongs),
    tables: (await linesOf('nft', ['list', 'tables'])).filter(belongs),
    files: [
      ...(await linesOf('find', [directory, '-maxdepth', '2'])),
      ...(
        await linesOf('find', ['/run', '-xdev', '-path', '*nspawn*', '-o', '-path', '*perimeter-lab*'])
      ).filter(belongs),
    ],
  };
}

export const noTraces: Traces = {
  processes: [],
  mounts: [],
  interfaces: [],
  cgroups: [],
  tables: [],
  files: [],
};

/** Ended, and only not yet fetched by the machine's own init: nothing of it runs or holds anything. */
async function hasEnded(id: string): Promise<boolean> {
  const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => ') Z');
  return stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
}

/** Processes that run in the lab's cgroups, have their root in the lab's folder, or name the lab on their command line. */
async function processes(belongs: (text: string) => boolean): Promise<string[]> {
  const found: string[] = [];
  for (const id of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (await hasEnded(id)) continue;
    const about = await Promise.all([
      readFile(`/proc/${id}/cgroup`, 'utf8').catch(() => ''),
      readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => ''),
      readlink(`/proc/${id}/root`).catch(() => ''),
      readlink(`/proc/${id}/cwd`).catch(() => ''),
    ]);
    if (about.some(belongs)) found.push(`${id} ${about[1]?.replaceAll('\0', ' ')}`);
  }
  return found;
}

async function linesOf(program: string, args: readonly string[]): Promise<string[]> {
  const { stdout } = await execa(program, args, { reject: false, stderr: 'ignore' });
  return stdout.split('\n').filter(Boolean);
}
