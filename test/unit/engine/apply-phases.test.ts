import { describe, expect, it } from 'vitest';
import { DefectError, PerimeterError } from '../../../installer/base/errors.ts';
import type { PerimeterEvent } from '../../../installer/base/events.ts';
import type { JsonObject } from '../../../installer/base/json.ts';
import { applyPhases } from '../../../installer/engine/apply-phases.ts';
import { definePhase } from '../../../installer/engine/phase.ts';
import { changeCount, describePlan, isEmpty } from '../../../installer/engine/plan.ts';
import { planPhases } from '../../../installer/engine/plan-phases.ts';
import { engineSetup, wordsPhase } from './engine-setup.ts';

function recorder() {
  const events: PerimeterEvent[] = [];
  const journal: JsonObject[] = [];
  return { events, journal };
}

describe('planPhases', () => {
  it('writes nothing and describes every change once per sentence', async () => {
    const { events, journal } = recorder();
    const world = new Set<string>();
    const plan = await planPhases([wordsPhase('first', world, ['a', 'b'])], engineSetup(events, journal));
    expect([world.size, journal.length, changeCount(plan)]).toEqual([0, 0, 2]);
    expect(describePlan(plan)).toContain('site: add a');
  });

  it('says that nothing is to do when everything is as declared', async () => {
    const { events, journal } = recorder();
    const plan = await planPhases([wordsPhase('first', new Set(['a']), ['a'])], engineSetup(events, journal));
    expect(isEmpty(plan)).toBe(true);
    expect(describePlan(plan)).toContain('nothing to do');
  });
});

describe('applyPhases', () => {
  it('applies in order, journals each change, and plans nothing the second time', async () => {
    const { events, journal } = recorder();
    const world = new Set<string>();
    const phases = [wordsPhase('first', world, ['a', 'b']), wordsPhase('second', world, ['c'])];
    const setup = engineSetup(events, journal);
    expect((await applyPhases(phases, setup)).map((result) => result.applied)).toEqual([2, 1]);
    expect([...world]).toEqual(['a', 'b', 'c']);
    expect(journal.filter((entry) => entry['event'] === 'change-done')).toHaveLength(3);
    expect((await applyPhases(phases, setup)).map((result) => result.applied)).toEqual([0, 0]);
  });

  it('reports a phase that still plans after it was applied as a defect', async () => {
    const { events, journal } = recorder();
    const forgetful = wordsPhase('forgetful', new Set(), ['a'], () => {});
    await expect(applyPhases([forgetful], engineSetup(events, journal))).rejects.toThrow(DefectError);
  });

  it('lets every target finish and reports all that failed at once', async () => {
    const { events, journal } = recorder();
    const finished: string[] = [];
    const nodes = ['n1', 'n2', 'n3'].map(
      (name) => ({ kind: 'node', name, node: { name } as never }) as const,
    );
    const phase = definePhase<boolean, Record<string, never>>({
      name: 'pairs',
      title: 'Pairs',
      targets: () => nodes,
      inspect: async (target) => !finished.includes(target.name),
      plan: (needed) => (needed ? [{ id: 'x', sentence: 'do it', data: {} }] : []),
      async apply(_change, target) {
        if (target.name !== 'n2')
          throw new PerimeterError('E_HOST_COMMAND', { message: `no on ${target.name}`, hint: 'mend it' });
        finished.push(target.name);
      },
    });
    const failure = await applyPhases([phase], engineSetup(events, journal)).catch((error: unknown) => error);
    expect(finished).toEqual(['n2']);
    expect((failure as PerimeterError).findings).toEqual(['n1: no on n1', 'n3: no on n3']);
    expect((failure as PerimeterError).where).toMatchObject({ phase: 'pairs' });
  });

  it('stops before the next change when asked, and goes on from there in the next run', async () => {
    const { events, journal } = recorder();
    const world = new Set<string>();
    const stop = new AbortController();
    const phase = wordsPhase('slow', world, ['a', 'b', 'c'], (word) => {
      world.add(word);
      if (word === 'a') stop.abort();
    });
    await expect(applyPhases([phase], engineSetup(events, journal, stop.signal))).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
    });
    expect([...world]).toEqual(['a']);
    await applyPhases([phase], engineSetup(events, journal));
    expect([...world]).toEqual(['a', 'b', 'c']);
  });
});
