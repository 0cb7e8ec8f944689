import { readdir, readFile } from 'node:fs/promises';

/** Processes of agents that work in a folder: found by their environment, which names it. */
export async function agentPids(directory: string): Promise<readonly number[]> {
  const pids: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const [environment, command] = await Promise.all(
      ['environ', 'cmdline'].map((file) => readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '')),
    );
    if (!environment?.includes(`PERIMETER_SEED_DIRECTORY=${directory}/seed\0`)) continue;
    if (command?.includes('agent.cjs')) pids.push(Number(name));
  }
  return pids;
}
