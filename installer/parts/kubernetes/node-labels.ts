import type { KubeHands, KubeObject } from '../../kube/kube.ts';
import type { SiteNode } from '../../site/site.ts';

/** Labels that the node's profile wants and the node does not have. */
export function missingLabels(
  node: SiteNode,
  live: KubeObject | undefined,
): Readonly<Record<string, string>> {
  const present = live?.metadata.labels ?? {};
  return Object.fromEntries(
    Object.entries(node.profile.labels).filter(([name, value]) => present[name] !== value),
  );
}

/** By the administrator: a kubelet may not give itself labels that decide what runs on it. */
export async function labelNode(
  kube: KubeHands,
  name: string,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  await kube.patch({ apiVersion: 'v1', kind: 'Node', name }, { metadata: { labels } });
}
