import type { HostHands } from '../../hosts/host.ts';
import { containerdSocket, kubeadmPaths } from './kubeadm-paths.ts';

/**
 * Takes an unfinished init or join off a node, so that it is bare again. Only ever called for work that this site began and
 * never finished. Killed in the middle, it is simply done again: our mark goes last.
 */
export async function resetNode(host: HostHands): Promise<void> {
  await host.run(
    [
      '/usr/local/bin/kubeadm',
      'reset',
      '--force',
      '--cleanup-tmp-dir',
      `--cri-socket=${containerdSocket}`,
      // The member is removed by a working control plane, which knows better than the node that is to go.
      '--skip-phases=remove-etcd-member',
    ],
    { timeoutMs: 180_000 },
  );
  for (const path of [kubeadmPaths.etcdData, kubeadmPaths.configuration, kubeadmPaths.done])
    await host.remove(path);
  for (const path of [
    kubeadmPaths.kubeletKubeconfig,
    '/var/lib/kubelet/pki',
    kubeadmPaths.auditLogDirectory,
  ]) {
    await host.remove(path);
  }
  await host.run(['sync']);
  await host.remove(kubeadmPaths.begun);
}
