import process from 'node:process';
import { waitFor } from '../base/condition.ts';
import { PerimeterError } from '../base/errors.ts';
import { leaderPid, switchOff, switchOn, waitForSsh } from './host-process.ts';
import { cableName, labNames } from './lab-names.ts';
import type { Lab, LabHost } from './lab-store.ts';
import { recipe } from './recipe.ts';

/**
 * What can go wrong with a host, done to a lab host on purpose. Hosts are given by name and must be in the lab.
 * A full disk and a foreign file are made over SSH; a wrong clock by `skewClock`.
 */

/** Reboots a host as its own `reboot` would: services stop in order. Returns when its SSH server listens again. */
export async function rebootHost(lab: Lab, hostName: string, signal?: AbortSignal): Promise<void> {
  const host = hostOf(lab, hostName);
  const before = await leaderPid(lab, host);
  if (before === undefined) {
    throw new PerimeterError('E_LAB', {
      message: `Lab host ${hostName} is off and cannot reboot.`,
      hint: `Boot it: perimeter lab up --name ${lab.name}`,
    });
  }
  // systemd takes SIGINT for Ctrl-Alt-Del.
  process.kill(before, 'SIGINT');
  await waitFor({
    description: `lab host ${hostName} has gone down and come up again`,
    timeoutMs: 180_000,
    intervalMs: 100,
    ...(signal === undefined ? {} : { signal }),
    probe: async () => {
      const now = await leaderPid(lab, host);
      return now !== undefined && now !== before ? true : undefined;
    },
  });
  await waitForSsh(lab, host, signal);
}

/** A power cut: everything the host runs ends at once, unasked. The disk keeps what was written. */
export async function killHost(lab: Lab, hostName: string): Promise<void> {
  await switchOff(lab, hostOf(lab, hostName));
}

/** Power comes back. Does nothing while the host is running. Returns when its SSH server listens. */
export async function startHost(lab: Lab, hostName: string, signal?: AbortSignal): Promise<void> {
  const host = hostOf(lab, hostName);
  if ((await leaderPid(lab, host)) === undefined) await switchOn(lab, host);
  await waitForSsh(lab, host, signal);
}

/** Pulls the host's network cable. */
export async function linkDown(lab: Lab, hostName: string): Promise<void> {
  await setLink(lab, hostName, 'down');
}

/** Puts the host's network cable back. */
export async function linkUp(lab: Lab, hostName: string): Promise<void> {
  await setLink(lab, hostName, 'up');
}

async function setLink(lab: Lab, hostName: string, state: 'up' | 'down'): Promise<void> {
  const cable = cableName(labNames(lab.directory, lab.name), hostOf(lab, hostName).name);
  await recipe`ip link set dev ${cable} ${state}`;
}

/** The lab's host of that name. Raises E_USAGE, naming those there are. */
export function hostOf(lab: Lab, hostName: string): LabHost {
  const host = lab.hosts.find((one) => one.name === hostName);
  if (host !== undefined) return host;
  throw new PerimeterError('E_USAGE', {
    message: `Lab "${lab.name}" has no host ${hostName}; it has ${lab.hosts.map((one) => one.name).join(', ')}.`,
    hint: `perimeter lab status --name ${lab.name}`,
  });
}
