import type { Events } from '../base/events.ts';
import type { AcceptanceCheck, CheckResult } from './check.ts';
import { type CheckSurroundings, runCheck } from './run-check.ts';

export interface SuiteResult {
  readonly site: string;
  readonly domain: string;
  readonly bundle: { readonly version: string; readonly digest: string };
  readonly startedAt: string;
  readonly ms: number;
  readonly results: readonly CheckResult[];
  readonly counts: Readonly<Record<CheckResult['status'], number>>;
}

/** Runs the checks one after another: they change the same site and must not meet. */
export async function runSuite(
  checks: readonly AcceptanceCheck[],
  surroundings: CheckSurroundings,
  events: Events,
): Promise<SuiteResult> {
  const startedAt = new Date().toISOString();
  const startMs = performance.now();
  const results: CheckResult[] = [];
  for (const [index, check] of checks.entries()) {
    const scope = ['accept', check.id];
    events.emit({ kind: 'start', scope, title: `${check.id} ${check.title}` });
    events.emit({ kind: 'progress', scope: ['accept'], done: index, total: checks.length, unit: 'steps' });
    const result = await runCheck(check, surroundings);
    results.push(result);
    if (result.status === 'pass') events.emit({ kind: 'done', scope, ms: result.ms });
    else events.emit({ kind: 'fail', scope, ms: result.ms, code: result.status, message: reasonOf(result) });
  }
  const counts = { pass: 0, fail: 0, error: 0, skip: 0 };
  for (const result of results) counts[result.status] += 1;
  return {
    site: surroundings.site.name,
    domain: surroundings.site.domain,
    bundle: { version: surroundings.bundle.version, digest: surroundings.bundle.digest },
    startedAt,
    ms: Math.round(performance.now() - startMs),
    results,
    counts,
  };
}

/** Why a check did not pass, in one line. */
export function reasonOf(result: CheckResult): string {
  const failed = result.observations.filter((observation) => !observation.ok);
  const seen = failed.map(({ what, wanted, found }) => `${what}: wanted ${wanted}, found ${found}`);
  return (
    [...seen, ...(result.error === undefined ? [] : [result.error])].join('; ') || 'nothing was observed'
  );
}
