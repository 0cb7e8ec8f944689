import type { SecretState } from './memory-secret-state.ts';

type Rules = Readonly<Record<string, { readonly capabilities: readonly string[] }>>;

const capabilityOf: Readonly<Record<string, readonly string[]>> = {
  GET: ['read'],
  POST: ['create', 'update'],
  PUT: ['create', 'update'],
  PATCH: ['patch'],
  DELETE: ['delete'],
};

/** What every token may do with itself. */
const always = ['auth/token/lookup-self', 'auth/token/revoke-self'];

/** Whether policies allow a request: the rule of the path itself, or the longest that ends in `*` and begins like it. */
export function mayDo(
  { policies }: SecretState,
  granted: readonly string[],
  { method, path }: { readonly method: string; readonly path: string },
): boolean {
  if (granted.includes('root') || always.includes(path)) return true;
  return granted.some((name) => {
    const rules = (JSON.parse(policies[name] ?? '{"path":{}}') as { path: Rules }).path;
    const fitting = Object.keys(rules)
      .filter((rule) => rule === path || (rule.endsWith('*') && path.startsWith(rule.slice(0, -1))))
      .toSorted((a, b) => b.length - a.length)[0];
    const allowed = rules[fitting ?? '']?.capabilities ?? [];
    return (capabilityOf[method] ?? []).some((capability) => allowed.includes(capability));
  });
}
