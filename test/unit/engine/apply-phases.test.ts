import { describe, expect, it } from 'vitest';
import { DefectError, PerimeterError } from '../../../installer/base/errors.ts';
import type { PerimeterEvent } from '../../../installer/base/events.ts';
import type { JsonObject } from '../../../installer/base/json.ts';
import { applyPhases } from '../../../installer/engine/apply-phases.ts';
import { definePhase, nodeTarget, siteTarget } from '../../../installer/engine/phase.ts';
import { changeCount, describePlan, isEmpty } from '../../../installer/engine/plan.ts';
import { planPhases } from '../../../installer/engine/plan-phases.ts';
import { hostsAtOnce } from '../../../installer/hosts/hosts-at-once.ts';
import type { SiteNode } from '../../../installer/site/site.ts';
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

describe('a phase on many targets', () => {
  /** Two hundred nodes, and how many of them were worked on at the same time at most. */
  function crowd() {
    let [now, most] = [0, 0];
    const working = async (): Promise<void> => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
    };
    const names = Array.from({ length: 200 }, (_, index) => `n${index}`);
    const done = new Set<string>();
    const phase = definePhase<boolean, JsonObject>({
      name: 'crowd',
      title: 'Crowd',
      targets: () => names.map((name) => nodeTarget({ name } as SiteNode)),
      async inspect({ name }) {
        await working();
        return done.has(name);
      },
      plan: (isDone) => (isDone ? [] : [{ id: 'do', sentence: 'do it', data: {} }]),
      async apply(_change, { name }) {
        await working();
        done.add(name);
      },
    });
    return { phase, done, most: () => most };
  }

  it('works on as many as hosts are worked on at once', async () => {
    const { phase, done, most } = crowd();
    const setup = engineSetup([], []);
    await planPhases([phase], setup);
    expect(most()).toBe(hostsAtOnce);
    await applyPhases([phase], setup);
    expect(most()).toBe(hostsAtOnce);
    expect(done.size).toBe(200);
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

  describe('with a phase that runs beside others', () => {
    const gate = (): { readonly open: () => void; readonly passed: Promise<void> } => {
      let open = (): void => {};
      const passed = new Promise<void>((resolve) => {
        open = resolve;
      });
      return { open, passed };
    };

    it('goes on with the next ones, and waits for it where it is needed', async () => {
      const { events, journal } = recorder();
      const order: string[] = [];
      const { open, passed } = gate();
      const adding = (world: Set<string>, before: () => Promise<void>) => async (word: string) => {
        await before();
        order.push(word);
        world.add(word);
      };
      const worlds = [new Set<string>(), new Set<string>(), new Set<string>()] as const;
      const slow = {
        ...wordsPhase(
          'slow',
          worlds[0],
          ['brought'],
          adding(worlds[0], () => passed),
        ),
        until: 'user',
      };
      const next = wordsPhase('next', worlds[1], ['meanwhile'], (word) => {
        order.push(word);
        worlds[1].add(word);
        open();
      });
      const user = wordsPhase(
        'user',
        worlds[2],
        ['used'],
        adding(worlds[2], async () => {}),
      );
      const results = await applyPhases([slow, next, user], engineSetup(events, journal));
      expect(order).toEqual(['meanwhile', 'brought', 'used']);
      expect(results.map(({ name }) => name)).toEqual(['slow', 'next', 'user']);
    });

    it('tells its failure where it is waited for, and stops there', async () => {
      const { events, journal } = recorder();
      const world = new Set<string>();
      const fails = async (): Promise<void> => {
        throw new PerimeterError('E_SEED', { message: 'no room', hint: 'make room' });
      };
      const slow = { ...wordsPhase('slow', new Set(), ['a'], fails), until: 'user' };
      const phases = [slow, wordsPhase('next', world, ['b']), wordsPhase('user', world, ['c'])];
      await expect(applyPhases(phases, engineSetup(events, journal))).rejects.toMatchObject({
        code: 'E_SEED',
      });
      expect([...world]).toEqual(['b']);
    });

    it('stops it when another one fails, and tells that failure', async () => {
      const { events, journal } = recorder();
      let stopped = false;
      const slow = definePhase<boolean, Record<string, never>>({
        name: 'slow',
        title: 'Slow',
        until: 'user',
        targets: () => [siteTarget],
        inspect: async () => false,
        plan: () => [{ id: 'a', sentence: 'a', data: {} }],
        apply: (_change, _target, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              stopped = true;
              reject(signal.reason as Error);
            });
          }),
      });
      const fails = async (): Promise<void> => {
        throw new PerimeterError('E_HOST_COMMAND', { message: 'dpkg failed', hint: 'look' });
      };
      const phases = [slow, wordsPhase('next', new Set(), ['b'], fails)];
      await expect(applyPhases(phases, engineSetup(events, journal))).rejects.toMatchObject({
        code: 'E_HOST_COMMAND',
      });
      expect(stopped).toBe(true);
    });
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
