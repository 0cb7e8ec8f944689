import { dump } from 'js-yaml';
import { imageReference, type OpenBundle } from '../../bundle/bundle.ts';
import type { HostHands } from '../../hosts/host.ts';
import type { Site, SiteNode } from '../../site/site.ts';
import { auditPolicy } from './audit-policy.ts';
import type { CgroupVersion } from './cgroup-version.ts';
import { kubeadmPaths } from './kubeadm-paths.ts';

const staticPods = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;

/** Files that kubeadm reads on a node besides its configuration: path to text. */
export function nodeFiles(
  site: Site,
  bundle: OpenBundle,
  node: SiteNode,
  cgroup: CgroupVersion,
): ReadonlyMap<string, string> {
  const { host, port } = site.endpoints.registry;
  const files = new Map<string, string>();
  for (const name of staticPods) {
    const image = imageReference(`${host}:${port}`, bundle.artifact(name));
    files.set(
      `${kubeadmPaths.patches}/${name}+strategic.yaml`,
      dump({ spec: { containers: [{ name, image }] } }),
    );
  }
  files.set(`${kubeadmPaths.patches}/kubeletconfiguration+merge.yaml`, dump(kubeletPatch(node, cgroup)));
  files.set(kubeadmPaths.auditPolicy, dump(auditPolicy));
  return files;
}

/** The profile's values, on top of what follows from the host. */
function kubeletPatch(node: SiteNode, cgroup: CgroupVersion): object {
  const byHost =
    cgroup === 'v1' ? { cgroupDriver: 'cgroupfs', failCgroupV1: false } : { cgroupDriver: 'systemd' };
  return { ...byHost, ...node.profile.kubelet };
}

export async function writeNodeFiles(host: HostHands, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, text] of files) await host.writeFile(path, text, { mode: 0o600 });
}
