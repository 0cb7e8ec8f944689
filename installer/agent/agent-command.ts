import { randomBytes } from 'node:crypto';
import type { HostView } from '../hosts/host.ts';
import { agentDirectory, programPath, runtimePath } from './paths.ts';

const longestLifeSeconds = 6 * 3600;
const environment = [`LD_LIBRARY_PATH=${agentDirectory}`, 'UV_THREADPOOL_SIZE=8'];

/**
 * How the agent is started for a session. Where systemd runs the host, the agent becomes a unit of its own that systemd ends
 * after six hours whatever happens; everywhere it ends by itself with its standard input.
 */
export async function agentCommand(host: HostView): Promise<readonly string[]> {
  const systemd = await host.status('/run/systemd/system');
  const agent = [runtimePath, '--max-old-space-size=96', '--max-semi-space-size=4', programPath, 'session'];
  if (systemd?.kind !== 'directory') return ['env', ...environment, ...agent];
  return [
    'systemd-run',
    '--quiet',
    '--collect',
    '--pipe',
    '--wait',
    `--unit=perimeter-agent-${randomBytes(4).toString('hex')}`,
    `--property=RuntimeMaxSec=${longestLifeSeconds}`,
    '--property=LimitNOFILE=65536',
    ...environment.map((setting) => `--setenv=${setting}`),
    ...agent,
  ];
}

/** How a node lends a file to others, until its standard input ends. */
export function lendCommand(path: string, word: string): readonly string[] {
  return ['env', ...environment, runtimePath, programPath, 'lend', path, word];
}
