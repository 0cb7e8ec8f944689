/** Fields by which the API server tells the entries of a list apart, most telling first. */
const keyFields = ['mountPath', 'devicePath', 'name', 'containerPort', 'port', 'topologyKey', 'ip', 'type'];

/** Lists that others may add to (injected containers, volumes, variables); everywhere else an extra entry is a difference. */
const openLists =
  /(^|\.)(containers|initContainers|ephemeralContainers|volumes|volumeMounts|env|imagePullSecrets|secrets|hostAliases|ownerReferences|finalizers)$/;

/** The field that names each entry uniquely in both lists; undefined when they are plain lists. */
export function associativeKey(wanted: readonly unknown[], live: readonly unknown[]): string | undefined {
  if (wanted.length === 0 || live.length === 0) return undefined;
  return keyFields.find((field) => isUnique(wanted, field) && isUnique(live, field));
}

/** `path` is that of the list, with entries by name in brackets: "spec.template.spec.containers[web].env". */
export function ignoresExtras(path: string): boolean {
  return openLists.test(path);
}

function isUnique(list: readonly unknown[], field: string): boolean {
  const names = list.map((item) => (item as Record<string, unknown> | null)?.[field]);
  return names.every((name) => name !== undefined) && new Set(names).size === names.length;
}
