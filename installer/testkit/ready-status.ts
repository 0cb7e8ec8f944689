import type { KubeObject } from '../kube/kube.ts';

/** The object with the status that its controller writes when everything went well. */
export function readyStatus(object: KubeObject): KubeObject {
  const status = statusOf(object);
  return status === undefined ? object : { ...object, status };
}

function statusOf(object: KubeObject): object | undefined {
  const replicas = (object['spec'] as { replicas?: number } | undefined)?.replicas ?? 1;
  switch (object.kind) {
    case 'Deployment':
      return { replicas, updatedReplicas: replicas, availableReplicas: replicas };
    case 'StatefulSet':
      return { replicas, updatedReplicas: replicas, readyReplicas: replicas };
    case 'DaemonSet':
      return { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 };
    case 'CustomResourceDefinition':
      return condition('Established');
    case 'Job':
      return condition('Complete');
    case 'Pod':
    case 'Node':
      return condition('Ready');
    default:
      return undefined;
  }
}

function condition(type: string): object {
  return { conditions: [{ type, status: 'True' }] };
}
