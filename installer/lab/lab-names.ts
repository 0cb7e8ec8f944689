import { createHash } from 'node:crypto';

/** The names of everything a lab makes outside its own folder. All follow from the folder, so a crashed lab can still be found. */
export interface LabNames {
  /** At most 8 characters: start of the lab's name and a hash of its folder. */
  readonly tag: string;
  readonly bridge: string;
  /** nftables table in the netdev family. */
  readonly table: string;
  /** Name of the lab's own folder in each cgroup hierarchy. */
  readonly cgroup: string;
}

export const labNamePattern = /^[a-z][a-z0-9-]{0,30}$/;
export const maximumHosts = 60;

/** Two labs of the same name in different state folders (another user, a test) get different names on the machine. */
export function labNames(labDirectory: string, labName: string): LabNames {
  const hash = createHash('sha256').update(labDirectory).digest('hex').slice(0, 4);
  const tag = `${labName.replaceAll('-', '').slice(0, 4)}${hash}`;
  return { tag, bridge: `pl-${tag}`, table: `perimeter_lab_${tag}`, cgroup: `perimeter-lab-${tag}` };
}

/** Names of hosts: n1, n2, ... */
export function hostNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `n${index + 1}`);
}

/** The machine name that systemd-nspawn uses; at most 12 characters. */
export function machineName(names: LabNames, host: string): string {
  return `${names.tag}-${host}`;
}

/** The machine's end of a host's cable. systemd-nspawn forms it from the machine name; the kernel allows 15 characters. */
export function cableName(names: LabNames, host: string): string {
  return `vb-${machineName(names, host)}`;
}
