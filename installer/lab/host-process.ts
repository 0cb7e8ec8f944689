import { spawn } from 'node:child_process';
import { open, readFile, rm, stat } from 'node:fs/promises';
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
import { hostDirectory, type Lab, type LabHost } from './lab-store.ts';
import { attempt } from './recipe.ts';

type HostPlace = Pick<LabHost, 'name'>;

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
  const argv = [
    '/bin/sh',
    runner,
    machineName(names, host.name),
    host.rootDir,
    lab.bridge,
    cage.kind,
    ...cage.folders,
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

/** Waits until the host is on and its SSH server listens. Looked up in the kernel: a connection would be noise in its log. */
export async function waitForSsh(lab: Lab, host: LabHost, signal?: AbortSignal): Promise<void> {
  await waitFor({
    description: `the SSH server of lab host ${host.name} listens`,
    timeoutMs: 120_000,
    intervalMs: 100,
    hint: `Read its console: tail -n 30 ${consoleFile(lab, host)}`,
    ...(signal === undefined ? {} : { signal }),
    probe: async (report) => {
      const leader = await leaderPid(lab, host);
      report(leader === undefined ? 'the host is off' : 'nothing listens on port 22');
      if (leader === undefined) return undefined;
      return listensOn(22, await readFile(`/proc/${leader}/net/tcp`, 'utf8')) ? true : undefined;
    },
  });
}

/** Whether any address listens on a port, from the text of /proc/PID/net/tcp. */
export function listensOn(port: number, tcpTable: string): boolean {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  return tcpTable.split('\n').some((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/);
    return state === '0A' && local.endsWith(`:${hexPort}`);
  });
}

function consoleFile(lab: Lab, host: HostPlace): string {
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
  const deadline = performance.now() + 60_000;
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
