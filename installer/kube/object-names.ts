import type { KubeObject, ObjectReference } from './kube.ts';

export function referenceOf(object: KubeObject): ObjectReference {
  const { name, namespace } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** "Deployment registry/registry", "StorageClass local-path": as people and messages name an object. */
export function nameOf(reference: ObjectReference): string {
  const place = reference.namespace === undefined ? '' : `${reference.namespace}/`;
  return `${reference.kind} ${place}${reference.name}`;
}

/** Stable and unique among the objects of a cluster. */
export function keyOf(reference: ObjectReference): string {
  const [group] = reference.apiVersion.includes('/') ? reference.apiVersion.split('/') : [''];
  return [reference.kind, group, reference.namespace, reference.name].filter(Boolean).join('/');
}
