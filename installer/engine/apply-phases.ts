import { DefectError, isPerimeterError, messageOf, PerimeterError } from '../base/errors.ts';
import { settleParallel } from '../base/parallel.ts';
import { hostsAtOnce } from '../hosts/hosts-at-once.ts';
import { assertApproved } from './approved-plan.ts';
import { joinFailures } from './failures.ts';
import type { Change, Phase, Target } from './phase.ts';
import { placed, planTarget } from './plan-phases.ts';
import { type EngineSetup, handsOf } from './setup.ts';

export interface PhaseResult {
  readonly name: string;
  readonly title: string;
  /** Wall clock of the whole phase, both looks included. */
  readonly ms: number;
  readonly applied: number;
}

/**
 * Runs the phases in order: each target looks, plans, applies change by change, settles, and looks again. A second plan that is
 * not empty is a defect of the phase. Targets of a phase finish and report together; the first failing phase ends the run. A phase with
 * `until` runs beside those that follow, up to the one that needs what it brings; it is stopped when one of them fails.
 */
export async function applyPhases(
  phases: readonly Phase[],
  setup: EngineSetup,
): Promise<readonly PhaseResult[]> {
  const stop = new AbortController();
  const beside: EngineSetup = { ...setup, signal: AbortSignal.any([setup.signal, stop.signal]) };
  const results: Promise<PhaseResult>[] = [];
  const running: { readonly until: string; readonly result: Promise<PhaseResult> }[] = [];
  try {
    for (const phase of phases) {
      for (const { until, result } of running) if (until === phase.name) await result;
      const result = applyPhase(phase, phase.until === undefined ? setup : beside);
      results.push(result);
      if (phase.until === undefined) await result;
      else {
        running.push({ until: phase.until, result });
        // Its failure is told when it is waited for.
        result.catch(() => {});
      }
    }
    return await Promise.all(results);
  } finally {
    stop.abort();
    await Promise.allSettled(running.map(({ result }) => result));
  }
}

async function applyPhase(phase: Phase, setup: EngineSetup): Promise<PhaseResult> {
  const scope = [phase.name];
  const startedAt = performance.now();
  const elapsed = (): number => performance.now() - startedAt;
  setup.events.emit({ kind: 'start', scope, title: phase.title });
  await setup.journal.record({ event: 'phase-start', phase: phase.name });
  const targets = phase.targets(setup.site);
  const outcomes = await settleParallel(targets, hostsAtOnce, (target) => applyTarget(phase, target, setup));
  const failures = outcomes.flatMap((outcome, index) =>
    outcome.status === 'rejected'
      ? [
          {
            target: targets[index]?.name ?? 'site',
            error: placed(outcome.reason, phase, targets[index]?.name ?? 'site'),
          },
        ]
      : [],
  );
  if (failures.length > 0) {
    const error = joinFailures(phase.name, failures);
    const code = isPerimeterError(error) ? error.code : 'DEFECT';
    setup.events.emit({ kind: 'fail', scope, ms: elapsed(), code, message: messageOf(error) });
    await setup.journal.record({
      event: 'phase-fail',
      phase: phase.name,
      ms: Math.round(elapsed()),
      code,
      message: messageOf(error),
    });
    throw error;
  }
  const applied = outcomes.reduce(
    (sum, outcome) => sum + (outcome.status === 'fulfilled' ? outcome.value : 0),
    0,
  );
  setup.events.emit({
    kind: 'done',
    scope,
    ms: elapsed(),
    text: applied === 0 ? 'nothing to do' : `${applied} applied`,
  });
  await setup.journal.record({ event: 'phase-done', phase: phase.name, ms: Math.round(elapsed()), applied });
  return { name: phase.name, title: phase.title, ms: elapsed(), applied };
}

/** Returns how many changes were applied to one target. */
async function applyTarget(phase: Phase, target: Target, setup: EngineSetup): Promise<number> {
  stopWhenAsked(setup);
  const scope = [phase.name, target.name];
  const { changes } = await planTarget(phase, target, setup);
  if (changes.length === 0) {
    setup.events.emit({ kind: 'skip', scope, reason: 'as declared' });
    return 0;
  }
  const startedAt = performance.now();
  setup.events.emit({ kind: 'start', scope, title: target.name });
  try {
    if (setup.approved !== undefined) assertApproved(setup.approved, phase.name, target.name, changes);
    const hands = handsOf(setup, scope);
    for (const [index, change] of changes.entries()) {
      stopWhenAsked(setup);
      setup.events.emit({ kind: 'note', scope, text: change.sentence });
      if (changes.length > 1) hands.progress(index, changes.length, 'steps');
      await applyChange(phase, change, target, setup);
    }
    await phase.settle?.(target, hands);
    await assertSettled(phase, target, setup);
  } catch (error) {
    const code = isPerimeterError(error) ? error.code : 'DEFECT';
    setup.events.emit({
      kind: 'fail',
      scope,
      ms: performance.now() - startedAt,
      code,
      message: messageOf(error),
    });
    throw error;
  }
  setup.events.emit({ kind: 'done', scope, ms: performance.now() - startedAt });
  return changes.length;
}

async function applyChange(phase: Phase, change: Change, target: Target, setup: EngineSetup): Promise<void> {
  const entry = { phase: phase.name, target: target.name, change: change.id };
  await setup.journal.record({ event: 'change-start', ...entry, sentence: change.sentence });
  const startedAt = performance.now();
  try {
    await phase.apply(change, target, handsOf(setup, [phase.name, target.name]));
  } catch (error) {
    await setup.journal.record({ event: 'change-fail', ...entry, message: messageOf(error) });
    throw placed(error, phase, target.name, change.id);
  }
  await setup.journal.record({
    event: 'change-done',
    ...entry,
    ms: Math.round(performance.now() - startedAt),
  });
}

async function assertSettled(phase: Phase, target: Target, setup: EngineSetup): Promise<void> {
  const { changes } = await planTarget(phase, target, setup);
  if (changes.length === 0) return;
  const left = changes.map((change) => `${change.id}: ${change.sentence}`).join('; ');
  throw new DefectError(`phase ${phase.name} on ${target.name} was applied, yet it still plans: ${left}`);
}

function stopWhenAsked(setup: EngineSetup): void {
  if (!setup.signal.aborted) return;
  throw new PerimeterError('E_INTERRUPTED', {
    message: 'Stopped at a safe point, as asked.',
    hint: 'Run the same command again: it goes on where it stopped.',
  });
}
