type Container = Record<string, unknown> | unknown[];

/**
 * Puts a value at a JSON pointer (`*` = every entry of a list or mapping), or takes it away when `value` is undefined. Missing
 * mappings on the way are made. Returns how many places were reached.
 */
export function setAtPointer(root: object, pointer: string, value: unknown): number {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return setAt(root as Container, steps, value);
}

function setAt(container: Container, steps: readonly string[], value: unknown): number {
  const [step = '', ...rest] = steps;
  const keys = step === '*' ? Object.keys(container) : [step];
  let reached = 0;
  for (const key of keys) {
    if (rest.length === 0) reached += setHere(container, key, value);
    else {
      const inner = innerOf(container, key, value !== undefined);
      if (inner !== undefined) reached += setAt(inner, rest, value);
    }
  }
  return reached;
}

function setHere(container: Container, key: string, value: unknown): number {
  if (Array.isArray(container)) {
    const index = key === '-' ? container.length : Number(key);
    if (!Number.isInteger(index) || index > container.length) return 0;
    if (value === undefined) return container.splice(index, 1).length;
    container[index] = structuredClone(value);
    return 1;
  }
  if (value === undefined) {
    if (!(key in container)) return 0;
    delete container[key];
    return 1;
  }
  container[key] = structuredClone(value);
  return 1;
}

function innerOf(container: Container, key: string, make: boolean): Container | undefined {
  const inner = Array.isArray(container) ? container[Number(key)] : container[key];
  if (typeof inner === 'object' && inner !== null) return inner as Container;
  if (inner !== undefined || !make || Array.isArray(container)) return undefined;
  const made: Container = {};
  container[key] = made;
  return made;
}
