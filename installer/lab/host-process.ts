import { spawn } from 'node:child_process';
import { open, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../base/condition.ts';
import { PerimeterError } from '../base/errors.ts';
import {
  type Cage,
  cageOf,
  emptyCage,
  isOccupied,
  leaderOf,
  prepareCage,
  runAsService,
} from './host-cage.ts';
import { cableName, labNames, machineName } from './lab-names.ts';
import { type Lab, type LabHost, hostDirectory } from './lab-store.ts';
import { attempt } from './recipe.ts';

type HostPlace = Pick<LabHost, 'name'>;

/** True while any process of the host runs. */
export async function isRunning(lab: Lab, host: HostPlace): Promise<boolean> {
  return isOccupied(await cageOf(lab, host.name));
}

/** Process id of the host's systemd on the machine, or undefined while the host is off. */
export async function leaderPid(lab: Lab, host: HostPlace): Promise<number | undefined> {
  return leaderOf(await cageOf(lab, host.name));
}

/** Switches a host on, without waiting for it. Nothing of an earlier run may be left. */
export async function switchOn(lab: Lab, host: LabHost): Promise<void> {
  const names = labNames(lab.directory, lab.name);
  await switchOff(lab, host);
  const cage = await prepareCage(lab, host.name);
  const runner = join(import.meta.dirname, 'host-runner.sh');
  const folders = cage.service === undefined ? cage.folders : [];
  const argv = [
    '/bin/sh',
    runner,
    machineName(names, host.name),
    host.rootDir,
    lab.bridge,
    cage.kind,
    ...folders,
  ];
  const console = consoleFile(lab, host);
  if (cage.service === undefined) await runDetached(console, argv);
  else await runAsService(cage.service, lab.memoryBytes, console, argv);
  await waitUntilStarted(cage, host, console);
}

/** Ends a host like a power cut, and removes what its end leaves on the machine. Does nothing when it is off. */
export async function switchOff(lab: Pick<Lab, 'name' | 'directory'>, host: HostPlace): Promise<void> {
  const names = labNames(lab.directory, lab.name);
  await emptyCage(await cageOf(lab, host.name));
  await removeImageLock(join(hostDirectory(lab, host.name), 'root'));
  const cable = cableName(names, host.name);
  if ((await attempt`ip link show dev ${cable}`) !== undefined) await attempt`ip link delete dev ${cable}`;
  await rm(`/run/systemd/nspawn/propagate/${machineName(names, host.name)}`, {
    recursive: true,
    force: true,
  });
}

/** Waits until the host's SSH server greets. */
export async function waitForSsh(
  host: Pick<LabHost, 'name' | 'address'>,
  signal?: AbortSignal,
): Promise<void> {
  await waitFor({
    description: `the SSH server of host ${host.name} (${host.address}) greets`,
    timeoutMs: 120_000,
    intervalMs: 100,
    hint: 'Look at the host: npm run lab -- status, and at console.log in its folder.',
    ...(signal === undefined ? {} : { signal }),
    probe: async (report) => {
      const greeting = await readGreeting(host.address);
      if (greeting.startsWith('SSH-')) return true;
      report(greeting);
      return undefined;
    },
  });
}

export function consoleFile(lab: Lab, host: HostPlace): string {
  return join(hostDirectory(lab, host.name), 'console.log');
}

/** systemd-nspawn names its lock after the root folder and leaves the file when it is killed. */
async function removeImageLock(root: string): Promise<void> {
  const status = await stat(root).catch(() => undefined);
  if (status !== undefined)
    await rm(`/run/systemd/nspawn/locks/inode-${status.dev}:${status.ino}`, { force: true });
}

async function runDetached(console: string, [program = '', ...rest]: readonly string[]): Promise<void> {
  const output = await open(console, 'a');
  try {
    const child = spawn(program, rest, {
      cwd: '/',
      detached: true,
      // Nothing of the caller's environment reaches a host.
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', output.fd, output.fd],
    });
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.unref();
  } finally {
    await output.close();
  }
}

/** A runner that fails at once (no cgroup, no bridge) is told here, with its last words, instead of after two minutes. */
async function waitUntilStarted(cage: Cage, host: HostPlace, console: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (let everSeen = false; performance.now() < deadline; await delay(20)) {
    if ((await leaderOf(cage)) !== undefined) return;
    const occupied = await isOccupied(cage);
    if (everSeen && !occupied) break;
    everSeen ||= occupied;
  }
  throw new PerimeterError('E_LAB', {
    message: `Lab host ${host.name} ended while it was being started.`,
    hint: `Read its console: tail -n 30 ${console}`,
  });
}

/** The first bytes a TCP server sends, or a word about why there are none. */
function readGreeting(address: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: 1000 });
    const end = (text: string): void => {
      socket.destroy();
      resolve(text);
    };
    socket.once('data', (chunk) => end(chunk.toString('latin1')));
    socket.once('timeout', () => end('no answer'));
    socket.once('error', (error) => end(error.message));
    socket.once('close', () => end('closed without a word'));
  });
}
