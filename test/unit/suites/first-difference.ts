/** Where two plain values differ first, in words; undefined when they are equal. */
export function firstDifference(wanted: unknown, found: unknown, path = 'state'): string | undefined {
  if (Object.is(wanted, found)) return undefined;
  if (!isTree(wanted) || !isTree(found)) return `${path} is ${inShort(found)}, wanted ${inShort(wanted)}`;
  for (const key of new Set([...Object.keys(wanted), ...Object.keys(found)])) {
    const difference = firstDifference(wanted[key], found[key], `${path}.${key}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function inShort(value: unknown): string {
  return (JSON.stringify(value) ?? 'absent').slice(0, 200);
}
