import type { KubeObject } from './kube.ts';
import { nameOf, referenceOf } from './object-names.ts';

/** What others need comes first; kinds not named here (custom resources, mostly) come before the webhooks, which are last. */
const order = [
  'Namespace',
  'CustomResourceDefinition',
  'PriorityClass',
  'StorageClass',
  'ServiceAccount',
  'Secret',
  'ConfigMap',
  'ClusterRole',
  'ClusterRoleBinding',
  'Role',
  'RoleBinding',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Service',
  'NetworkPolicy',
  'DaemonSet',
  'Deployment',
  'StatefulSet',
  'PodDisruptionBudget',
  'Job',
  'CronJob',
] as const;

const last = ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration', 'APIService'];

function rankOf(kind: string): number {
  const rank = (order as readonly string[]).indexOf(kind);
  if (rank >= 0) return rank;
  return last.includes(kind) ? order.length + 1 : order.length;
}

/** The objects in the order in which they can be applied; the same input always gives the same order. */
export function inApplyOrder(objects: readonly KubeObject[]): readonly KubeObject[] {
  return objects.toSorted(
    (a, b) => rankOf(a.kind) - rankOf(b.kind) || (nameOf(referenceOf(a)) < nameOf(referenceOf(b)) ? -1 : 1),
  );
}
