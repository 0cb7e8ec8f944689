import { describe, expect, it } from 'vitest';
import { applyPhases } from '../../../installer/engine/apply-phases.ts';
import type { Phase } from '../../../installer/engine/phase.ts';
import { planPhases } from '../../../installer/engine/plan-phases.ts';
import type { EngineSetup } from '../../../installer/engine/setup.ts';
import type { MemoryHost } from '../../../installer/testkit/memory-host.ts';
import { stateOf } from './state-of.ts';

export interface PhaseWorld {
  readonly setup: EngineSetup;
  readonly hosts: readonly MemoryHost[];
}

/**
 * What holds for every phase that works on hosts: planning writes nothing, after apply the plan is empty, and a run that was cut
 * off anywhere ends in the same state when it is run again. `make` gives the same fresh world every time.
 */
export function describeHostPhase(phase: Phase, make: () => Promise<PhaseWorld>): void {
  const states = (world: PhaseWorld): unknown[] => world.hosts.map(stateOf);
  const sentences = async (world: PhaseWorld): Promise<string[]> => {
    const plan = await planPhases([phase], world.setup);
    return plan.phases
      .flatMap(({ targets }) => targets)
      .flatMap(({ changes }) => changes.map(({ sentence }) => sentence));
  };

  describe(`phase ${phase.name}`, () => {
    it('plans without writing', async () => {
      const world = await make();
      const before = states(world);
      expect((await sentences(world)).length).toBeGreaterThan(0);
      expect(states(world)).toEqual(before);
      expect(world.hosts.flatMap(({ changes }) => changes)).toEqual([]);
    });

    it('does what it planned, and then plans nothing', async () => {
      const world = await make();
      await applyPhases([phase], world.setup);
      expect(await sentences(world)).toEqual([]);
    });

    it('ends in the same state wherever it is cut off', async () => {
      const reference = await make();
      await applyPhases([phase], reference.setup);
      const total = reference.hosts[0]?.changes.length ?? 0;
      expect(total).toBeGreaterThan(0);
      for (let done = 0; done < total; done += 1) {
        const world = await make();
        world.hosts[0]?.interruptAfter(done);
        await expect(applyPhases([phase], world.setup)).rejects.toMatchObject({ code: 'E_HOST_UNREACHABLE' });
        world.hosts[0]?.reconnect();
        await applyPhases([phase], world.setup);
        expect(states(world)).toEqual(states(reference));
      }
    });

    it('ends in the same state whichever answer is lost', async () => {
      const reference = await make();
      await applyPhases([phase], reference.setup);
      for (const [done, change] of reference.hosts[0]?.changes.entries() ?? []) {
        const world = await make();
        world.hosts[0]?.interruptAfter(done, 'lost');
        // Some answers are worth nothing, and the run goes on without them.
        await applyPhases([phase], world.setup).catch((error: unknown) => {
          expect(error, `${done} ${change}`).toMatchObject({ code: 'E_HOST_UNREACHABLE' });
        });
        world.hosts[0]?.reconnect();
        await applyPhases([phase], world.setup);
        expect(states(world), `${done} ${change}`).toEqual(states(reference));
      }
    });
  });
}
