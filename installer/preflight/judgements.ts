import type { SiteNode } from '../site/site.ts';
import type { Judgement } from './check.ts';

type More = Pick<Judgement, 'wanted' | 'remedy'>;

export const pass = (observed: string, more: More = {}): Judgement => ({ status: 'pass', observed, ...more });
export const warn = (observed: string, more: More = {}): Judgement => ({ status: 'warn', observed, ...more });
export const fail = (observed: string, more: More = {}): Judgement => ({ status: 'fail', observed, ...more });
/** Neither good nor bad. Says why nobody knows, and what would make it known; see `untold` for what machines do not tell. */
export const unknown = (observed: string, more: More = {}): Judgement => ({
  status: 'unknown',
  observed,
  ...more,
});

interface Limits {
  readonly fail?: number | undefined;
  readonly warn?: number | undefined;
  readonly unit?: string;
  /** The judgement when nobody knows the number. */
  readonly untold: Judgement;
}

/** Fails below `fail`, warns below `warn`. */
export function atLeast(found: number | undefined, limits: Limits, more: More = {}): Judgement {
  return measured(found, limits, more, 'at least', (value, limit) => value >= limit);
}

/** Fails above `fail`, warns above `warn`. */
export function atMost(found: number | undefined, limits: Limits, more: More = {}): Judgement {
  return measured(found, limits, more, 'at most', (value, limit) => value <= limit);
}

function measured(
  found: number | undefined,
  { fail: hard, warn: soft, unit = '', untold }: Limits,
  more: More,
  words: string,
  holds: (value: number, limit: number) => boolean,
): Judgement {
  if (found === undefined) return untold;
  const observed = `${found}${unit}`;
  const says = (limit: number): More => ({ wanted: `${words} ${limit}${unit}`, ...more });
  if (hard !== undefined && !holds(found, hard)) return fail(observed, says(hard));
  if (soft !== undefined && !holds(found, soft)) return warn(observed, says(soft));
  return pass(observed, says(hard ?? soft ?? 0));
}

/** Passes when the list is empty, otherwise says what is in it. */
export function none(found: readonly string[], worst: 'warn' | 'fail', more: More = {}): Judgement {
  const shown = found.length > 8 ? [...found.slice(0, 8), `and ${found.length - 8} more`] : found;
  return found.length === 0 ? pass('none', more) : { status: worst, observed: shown.join(', '), ...more };
}

/** What a node of its roles should have: the larger number where it has both. */
export function byRole(
  { roles }: SiteNode,
  numbers: { readonly controlPlane: number; readonly worker: number },
): number {
  return Math.max(
    roles.includes('control-plane') ? numbers.controlPlane : 0,
    roles.includes('worker') ? numbers.worker : 0,
  );
}
