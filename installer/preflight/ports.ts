import type { Site } from '../site/site.ts';

/** Where programs of Kubernetes listen on a node. */
const kubernetesPorts = [6443, 7443, 2379, 2380, 10250, 10257, 10259];

/** Every port of a node that the platform takes. */
export function neededPorts({ endpoints: { registry, git, secrets } }: Site): readonly number[] {
  return [...kubernetesPorts, registry.port, git.port, secrets.port];
}
