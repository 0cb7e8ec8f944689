import type { HostView } from '../../hosts/host.ts';

export type CgroupVersion = 'v1' | 'v2';

/** Looked up, never assumed: kubelet and containerd must be told what the host has. */
export async function cgroupVersionOf(host: HostView): Promise<CgroupVersion> {
  const { stdout } = await host.query(['stat', '--file-system', '--format=%T', '/sys/fs/cgroup']);
  return stdout.trim() === 'cgroup2fs' ? 'v2' : 'v1';
}
