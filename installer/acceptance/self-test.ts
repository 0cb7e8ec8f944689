import { messageOf } from '../base/errors.ts';
import type { Events } from '../base/events.ts';
import type { AcceptanceCheck, CheckContext, CheckResult } from './check.ts';
import { type CheckSurroundings, runCheck } from './run-check.ts';

export interface MutationOutcome {
  readonly id: string;
  readonly mutation: string;
  /** True when the check failed while its control was off: the check can be believed. */
  readonly killed: boolean;
  readonly status: CheckResult['status'];
  readonly detail: string;
}

/**
 * Switches each check's control off and expects the check to fail: a check that was never seen failing is not accepted
 * (checklist item CNF-03). The control is switched on again whatever happens.
 */
export async function selfTest(
  checks: readonly AcceptanceCheck[],
  surroundings: CheckSurroundings,
  events: Events,
): Promise<readonly MutationOutcome[]> {
  const outcomes: MutationOutcome[] = [];
  for (const check of checks) {
    const scope = ['self-test', check.id];
    const startedAt = performance.now();
    events.emit({ kind: 'start', scope, title: `${check.id} with ${check.mutation.title}` });
    const result = await runCheck(mutated(check), surroundings);
    const killed = result.status === 'fail' && result.error === undefined;
    const detail =
      result.observations.find((observation) => !observation.ok)?.found ??
      result.error ??
      'every observation was ok';
    outcomes.push({ id: check.id, mutation: check.mutation.title, killed, status: result.status, detail });
    const ms = performance.now() - startedAt;
    if (killed) events.emit({ kind: 'done', scope, ms });
    else
      events.emit({
        kind: 'fail',
        scope,
        ms,
        code: result.status,
        message: `the check did not fail: ${messageOf(detail)}`,
      });
  }
  return outcomes;
}

/** What ends a mutated run: the check has noticed, and need not look further. */
class Noticed extends Error {}

function mutated(check: AcceptanceCheck): AcceptanceCheck {
  return {
    ...check,
    async run(context) {
      const undo = await check.mutation.apply(context);
      context.restore(`switch the control on again: ${check.mutation.title}`, undo);
      const observe: CheckContext['observe'] = (observation) => {
        if (!context.observe(observation)) throw new Noticed();
        return true;
      };
      try {
        await check.run({ ...context, observe });
      } catch (error) {
        if (!(error instanceof Noticed)) throw error;
      }
    },
  };
}
