/** One object of a Kubernetes manifest, as read from YAML. */
export interface ManifestObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; [key: string]: unknown };
  [key: string]: unknown;
}

/** Fields that must all agree; `*` stands for anything. Known: kind, name, namespace, apiVersion. */
export type ObjectMatch = Readonly<Record<string, string>>;

export function matches(object: ManifestObject, match: ObjectMatch): boolean {
  return Object.entries(match).every(([field, wanted]) => {
    const found = field in object.metadata ? object.metadata[field] : object[field];
    return wanted === '*' || found === wanted;
  });
}

/** "Deployment tekton-pipelines/controller", for messages. */
export function objectName(object: ManifestObject): string {
  const { namespace, name } = object.metadata;
  return `${object.kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

const clusterWide = new Set([
  'APIService',
  'ClusterInterceptor',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'FlowSchema',
  'IngressClass',
  'MutatingWebhookConfiguration',
  'Namespace',
  'PersistentVolume',
  'PriorityClass',
  'PriorityLevelConfiguration',
  'RuntimeClass',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
]);

/** Moves an object into a namespace: itself, the accounts it names, and the services that its web hooks call. */
export function setNamespace(object: ManifestObject, namespace: string): void {
  if (!clusterWide.has(object.kind)) object.metadata.namespace = namespace;
  for (const subject of listOf(object['subjects'])) {
    if (subject['kind'] === 'ServiceAccount') subject['namespace'] = namespace;
  }
  for (const webhook of listOf(object['webhooks'])) {
    const service = (webhook['clientConfig'] as Record<string, unknown> | undefined)?.['service'];
    if (service !== undefined) (service as Record<string, unknown>)['namespace'] = namespace;
  }
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? (value as Record<string, unknown>[]) : [];
}
