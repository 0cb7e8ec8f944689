import { memoryUsedIn } from './cgroups.ts';
import { cageOf, leaderOf } from './host-cage.ts';
import type { Lab, LabHost } from './lab-store.ts';
import { readLab } from './lab-store.ts';
import { type EgressCount, egressCount } from './network.ts';

export type HostStatus = LabHost & {
  readonly state: 'running' | 'off';
  /** The host's systemd as the machine numbers it. */
  readonly leaderPid?: number;
  /** Memory of all the host's processes and its page cache. */
  readonly memoryUsedBytes?: number;
};

export type LabStatus = {
  readonly lab: Lab;
  readonly hosts: readonly HostStatus[];
  /** Absent when the lab's network is not there, as after a restart of the machine. */
  readonly egress?: EgressCount;
};

/** How a lab is right now, looked up and not remembered; undefined when there is no such lab. */
export async function labStatus(name: string): Promise<LabStatus | undefined> {
  const lab = await readLab(name);
  if (lab === undefined) return undefined;
  const hosts = await Promise.all(lab.hosts.map((host) => hostStatus(lab, host)));
  const egress = await egressCount(lab).catch(() => undefined);
  return { lab, hosts, ...(egress === undefined ? {} : { egress }) };
}

async function hostStatus(lab: Lab, host: LabHost): Promise<HostStatus> {
  const cage = await cageOf(lab, host.name);
  const leaderPid = await leaderOf(cage);
  if (leaderPid === undefined) return { ...host, state: 'off' };
  const memoryUsedBytes = await memoryUsedIn(cage.folders);
  return {
    ...host,
    state: 'running',
    leaderPid,
    ...(memoryUsedBytes === undefined ? {} : { memoryUsedBytes }),
  };
}
