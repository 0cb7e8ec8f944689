import { waitHealthy } from '../../kube/health.ts';
import type { KubeView } from '../../kube/kube.ts';
import type { SiteNode } from '../../site/site.ts';

/** Waits until the four parts of a control plane run on a node. */
export async function waitControlPlane(kube: KubeView, node: SiteNode, signal: AbortSignal): Promise<void> {
  const parts = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
  const pods = parts.map((part) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    namespace: 'kube-system',
    name: `${part}-${node.name}`,
  }));
  await waitHealthy(kube, pods, { timeoutMs: 180_000, signal });
}
