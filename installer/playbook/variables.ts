/** What playbooks and templates can name: plain data, by name. */
export type Variables = Readonly<Record<string, unknown>>;

/** The value at `a.b.c`; undefined when any part of the way is missing. Only own properties count. */
export function valueAt(variables: Variables, path: string): unknown {
  return path.split('.').reduce<unknown>((value, step) => {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, step)) return undefined;
    return (value as Variables)[step];
  }, variables);
}
