/** What playbooks and templates can name: plain data, by name. */
export type Variables = Readonly<Record<string, unknown>>;

/** The value at `a.b.c`; undefined when any part of the way is missing. Only own properties count. */
export function valueAt(variables: Variables, path: string): unknown {
  return path.split('.').reduce<unknown>((value, step) => {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, step)) return undefined;
    return (value as Variables)[step];
  }, variables);
}

/** What to tell of a variable that is asked for in vain. */
export function noVariable(name: string): string {
  const [kind = '', part = ''] = name.split('.');
  const why = ['images', 'artifacts'].includes(kind) && part !== '' ? `: the bundle holds no ${part}` : '';
  return `there is no variable ${name}${why}`;
}

/** Both together; later ones win. Values that are only made when they are asked for are not asked for by this. */
export function extended(variables: Variables, more: Variables): Variables {
  const properties = {
    ...Object.getOwnPropertyDescriptors(variables),
    ...Object.getOwnPropertyDescriptors(more),
  };
  return Object.defineProperties({}, properties) as Variables;
}
