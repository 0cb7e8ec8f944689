import { PerimeterError } from '../../base/errors.ts';
import type { HostView } from '../../hosts/host.ts';
import { autoPlaces, type MachineSizes, sizedKubelet } from '../../site/kubelet-sizes.ts';
import type { SiteNode } from '../../site/site.ts';

/** The node with every `auto` of its profile sized for the host. A profile without any asks the host nothing. */
export async function sizedFor(node: SiteNode, host: HostView): Promise<SiteNode> {
  if (autoPlaces(node.profile.kubelet).length === 0) return node;
  const kubelet = sizedKubelet(node.profile.kubelet, await machineSizesOf(host));
  return { ...node, profile: { ...node.profile, kubelet } };
}

async function machineSizesOf(host: HostView): Promise<MachineSizes> {
  const [disk, cores, meminfo] = await Promise.all([
    host.query(['df', '-Pk', '/var/lib']),
    host.query(['nproc']),
    host.readFile('/proc/meminfo'),
  ]);
  const diskKib = Number(disk.stdout.trim().split('\n').at(-1)?.split(/\s+/)[1]);
  const memoryKib = Number(/^MemTotal:\s+(\d+)/m.exec(meminfo ?? '')?.[1]);
  const sizes = {
    cores: Number(cores.stdout),
    memoryMib: Math.floor(memoryKib / 1024),
    diskMib: Math.floor(diskKib / 1024),
  };
  if (Object.values(sizes).every((size) => size > 0)) return sizes;
  throw new PerimeterError('E_HOST_COMMAND', {
    message: `${host.name} does not tell how large its memory and its disk are, which its profile goes by.`,
    hint: 'Write the values out in the profile instead of `auto`, or see: df -Pk /var/lib; nproc; cat /proc/meminfo',
    where: { host: host.name },
  });
}
