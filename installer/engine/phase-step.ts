import type { JsonObject } from '../base/json.ts';
import type { Site } from '../site/site.ts';
import {
  type Change,
  definePhase,
  type Hands,
  type Look,
  type Phase,
  type PlanInputs,
  siteTarget,
  type Target,
} from './phase.ts';

/** A part of a phase that looks, plans and does for itself: "apply a chart", "push the images". */
export interface PhaseStep<Facts = unknown, Data extends JsonObject = JsonObject> {
  /** Unique within the phase; becomes the first part of each change's id. */
  readonly name: string;
  inspect(target: Target, look: Look): Promise<Facts>;
  plan(facts: Facts, target: Target, inputs: PlanInputs): readonly Change<Data>[];
  apply(change: Change<Data>, target: Target, hands: Hands): Promise<void>;
  settle?(target: Target, hands: Hands): Promise<void>;
}

export function defineStep<Facts, Data extends JsonObject>(step: PhaseStep<Facts, Data>): PhaseStep {
  return step;
}

export interface ComposedPhase {
  readonly name: string;
  readonly title: string;
  /** Default: the site as a whole. */
  readonly targets?: (site: Site) => readonly Target[];
  /** Milliseconds that it takes when there is anything to do, as seen on lab hosts that share two cores. */
  readonly usualMs?: number;
}

/** A change of a step, with the earlier steps that must have taken effect before it may be applied. */
interface StepData extends JsonObject {
  readonly step: string;
  readonly after: readonly string[];
  readonly data: JsonObject;
}

/** For a phase that takes about as long whatever there is to do. */
function estimateOf(usualMs: number | undefined): Pick<Phase, 'estimate'> {
  return usualMs === undefined ? {} : { estimate: () => ({ ms: usualMs }) };
}

/**
 * One phase out of several steps. All look first and plan together, so the plan is whole before anything is done; the changes of a
 * step are applied only after the earlier steps that had changes have settled. What to wait for lies in the change itself, so a
 * saved plan, or one begun half-way, behaves the same.
 */
export function composePhase(phase: ComposedPhase, steps: readonly PhaseStep[]): Phase {
  const byName = new Map(steps.map((step) => [step.name, step]));
  const stepOf = (name: string): PhaseStep => {
    const step = byName.get(name);
    if (step === undefined) throw new Error(`phase ${phase.name} has no step ${name}`);
    return step;
  };
  return definePhase<ReadonlyMap<string, unknown>, StepData>({
    name: phase.name,
    title: phase.title,
    targets: phase.targets ?? (() => [siteTarget]),
    ...estimateOf(phase.usualMs),

    async inspect(target, look) {
      const facts = new Map<string, unknown>();
      for (const step of steps) facts.set(step.name, await step.inspect(target, look));
      return facts;
    },

    plan(facts, target, inputs) {
      const changes: Change<StepData>[] = [];
      const before: string[] = [];
      for (const step of steps) {
        const planned = step.plan(facts.get(step.name), target, inputs);
        planned.forEach((change, index) => {
          changes.push({
            id: `${step.name}/${change.id}`,
            sentence: change.sentence,
            data: { step: step.name, after: index === 0 ? [...before] : [], data: change.data },
          });
        });
        if (planned.length > 0) before.push(step.name);
      }
      return changes;
    },

    async apply(change, target, hands) {
      const { step, after, data } = change.data;
      for (const earlier of after) await stepOf(earlier).settle?.(target, hands);
      const id = change.id.slice(step.length + 1);
      await stepOf(step).apply({ id, sentence: change.sentence, data }, target, hands);
    },

    async settle(target, hands) {
      for (const step of steps) await step.settle?.(target, hands);
    },
  });
}
