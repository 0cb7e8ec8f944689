import type { KubeHands, KubeView, ObjectReference } from '../../kube/kube.ts';

const label = 'perimeter/join-of';

/** Marks an object of the cluster that is there for the join of one node, so that it is found again whatever happens. */
export function joinLabels(node: string): Readonly<Record<string, string>> {
  return { [label]: node };
}

/** What a join of the node left behind: tokens, and the certificates shared for it. */
export async function joinLeftovers(kube: KubeView, node: string): Promise<readonly ObjectReference[]> {
  const found = await kube.list('v1', 'Secret', {
    namespace: 'kube-system',
    labelSelector: `${label}=${node}`,
  });
  return found.flatMap(({ metadata }) => {
    // kubeadm ties the shared certificates to a token of their own, which only exists to expire.
    const owners = (metadata['ownerReferences'] ?? []) as readonly { readonly name: string }[];
    return [...owners, metadata].map(({ name }) => secretNamed(name));
  });
}

export async function withdrawJoinSecrets(kube: KubeHands, node: string): Promise<void> {
  for (const reference of await joinLeftovers(kube, node)) await kube.delete(reference);
}

export function secretNamed(name: string): ObjectReference {
  return { apiVersion: 'v1', kind: 'Secret', namespace: 'kube-system', name };
}
