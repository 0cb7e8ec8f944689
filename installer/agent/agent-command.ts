import { randomBytes } from 'node:crypto';
import type { HostView } from '../hosts/host.ts';
import { agentDirectory, programPath, runtimePath } from './paths.ts';

const longestLifeSeconds = 6 * 3600;
const longestLoanSeconds = 3600;
const environment = [`LD_LIBRARY_PATH=${agentDirectory}`, 'UV_THREADPOOL_SIZE=8'];

/** How the agent is started for a session. */
export function agentCommand(host: HostView): Promise<readonly string[]> {
  const options = ['--max-old-space-size=96', '--max-semi-space-size=4'];
  return bounded(host, longestLifeSeconds, [runtimePath, ...options, programPath, 'session']);
}

/** How a node lends a file to others, until its standard input ends. */
export function lendCommand(host: HostView, path: string, word: string): Promise<readonly string[]> {
  return bounded(host, longestLoanSeconds, [runtimePath, programPath, 'lend', path, word]);
}

/**
 * Where systemd runs the host, the agent becomes a unit of its own that systemd ends after so many seconds whatever happens; everywhere it ends
 * by itself with its standard input.
 */
async function bounded(
  host: HostView,
  seconds: number,
  agent: readonly string[],
): Promise<readonly string[]> {
  const systemd = await host.status('/run/systemd/system');
  if (systemd?.kind !== 'directory') return ['env', ...environment, ...agent];
  return [
    'systemd-run',
    '--quiet',
    '--collect',
    '--pipe',
    '--wait',
    `--unit=perimeter-agent-${randomBytes(4).toString('hex')}`,
    `--property=RuntimeMaxSec=${seconds}`,
    '--property=LimitNOFILE=65536',
    ...environment.map((setting) => `--setenv=${setting}`),
    ...agent,
  ];
}
