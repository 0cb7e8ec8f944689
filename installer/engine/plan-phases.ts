import { isPerimeterError } from '../base/errors.ts';
import { settleParallel } from '../base/parallel.ts';
import { hostsAtOnce } from '../hosts/hosts-at-once.ts';
import { type Failure, joinFailures } from './failures.ts';
import type { Phase, Target } from './phase.ts';
import type { PlanDocument, PlannedPhase, PlannedTarget } from './plan.ts';
import { type EngineSetup, lookOf } from './setup.ts';

/** Looks and plans, phase by phase; nothing is written anywhere. Raises what the first failing phase found, on all its targets. */
export async function planPhases(phases: readonly Phase[], setup: EngineSetup): Promise<PlanDocument> {
  const planned: PlannedPhase[] = [];
  for (const phase of phases) {
    setup.signal.throwIfAborted();
    const scope = [phase.name];
    const startedAt = performance.now();
    setup.events.emit({ kind: 'start', scope, title: phase.title });
    try {
      const targets = await planTargets(phase, setup);
      const all = targets.flatMap(({ changes }) => changes);
      const estimate = all.length === 0 ? undefined : phase.estimate?.(all);
      planned.push({
        name: phase.name,
        title: phase.title,
        targets,
        ...(estimate === undefined ? {} : { estimate }),
      });
      setup.events.emit({
        kind: 'done',
        scope,
        ms: performance.now() - startedAt,
        text: `${all.length} planned`,
      });
    } catch (error) {
      const { code, message } = isPerimeterError(error) ? error : { code: 'DEFECT', message: String(error) };
      setup.events.emit({ kind: 'fail', scope, ms: performance.now() - startedAt, code, message });
      throw error;
    }
  }
  return {
    planVersion: 1,
    site: { name: setup.site.name, digest: setup.site.digest },
    bundle: { version: setup.bundle.version, digest: setup.bundle.digest },
    phases: planned,
  };
}

async function planTargets(phase: Phase, setup: EngineSetup): Promise<PlannedTarget[]> {
  const targets = phase.targets(setup.site);
  const outcomes = await settleParallel(targets, hostsAtOnce, (target) => planTarget(phase, target, setup));
  const failures: Failure[] = [];
  const planned: PlannedTarget[] = [];
  outcomes.forEach((outcome, index) => {
    const target = targets[index]?.name ?? 'site';
    if (outcome.status === 'fulfilled') planned.push(outcome.value);
    else failures.push({ target, error: placed(outcome.reason, phase, target) });
  });
  if (failures.length > 0) throw joinFailures(phase.name, failures);
  return planned;
}

/** One look and one plan of one target. */
export async function planTarget(phase: Phase, target: Target, setup: EngineSetup): Promise<PlannedTarget> {
  const facts = await phase.inspect(target, lookOf(setup));
  return {
    name: target.name,
    changes: phase.plan(facts, target, { site: setup.site, bundle: setup.bundle }),
  };
}

/** Adds phase and target to an operating error; anything else is a defect and stays as it was thrown. */
export function placed(error: unknown, phase: Phase, target: string, change?: string): unknown {
  if (!isPerimeterError(error)) return error;
  return error.at({ phase: phase.name, target, ...(change === undefined ? {} : { change }) });
}
