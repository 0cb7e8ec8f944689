import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { digestOf } from '../../../installer/base/digest.ts';
import { isPerimeterError, messageOf } from '../../../installer/base/errors.ts';
import { count } from '../../../installer/base/units.ts';
import { applyPhases } from '../../../installer/engine/apply-phases.ts';
import type { Phase } from '../../../installer/engine/phase.ts';
import { planPhases } from '../../../installer/engine/plan-phases.ts';
import type { siteRequest } from '../../../installer/site/site-https.ts';
import type { CutKind } from '../../../installer/testkit/change-line.ts';
import { sampleSite } from '../../support/sample-site.ts';
import { nodeBundle, siteBundle } from '../phases/site-bundle.ts';
import { agentPhases, sitePhases } from '../phases/site-phases.ts';
import { removeWorlds, SiteWorld } from '../phases/site-world.ts';
import { firstDifference } from './first-difference.ts';

/** The world that is asked just now: services of a site are reached by names, which are the same in every world. */
const now = vi.hoisted((): { world: SiteWorld | undefined } => ({ world: undefined }));

vi.mock('../../../installer/site/site-https.ts', async (original) => {
  const ask: typeof siteRequest = (_site, _credentials, code, request) =>
    (now.world as SiteWorld).ask(code, request);
  return { ...(await original<object>()), siteRequest: ask };
});
vi.mock('../../../installer/oci/distribution-client.ts', () => ({
  // Called with `new`, which takes what a function returns.
  DistributionClient: function client() {
    return now.world?.registry;
  },
}));
// Made slow on purpose, which is of no use here.
vi.mock('bcryptjs', () => ({ default: { hash: async (text: string) => digestOf(text) } }));
// Nobody waits here: whoever would wait puts the clock forward.
vi.mock('node:timers/promises', () => ({
  setTimeout: async (ms: number, value: unknown, options?: { signal?: AbortSignal }) => {
    options?.signal?.throwIfAborted();
    vi.advanceTimersByTime(ms);
    return value;
  },
}));

/**
 * What holds for every phase that works on the cluster and its services: planning writes nothing and tells no secret, after apply the
 * plan is empty, and the next run ends in the same state wherever the installer was killed and whichever answer it never got.
 */
export function describeSitePhase(name: string, { nodes = 3 } = {}): void {
  const phase = [...agentPhases, ...sitePhases].find((candidate) => candidate.name === name) as Phase;
  const earlier = sitePhases.slice(0, Math.max(0, sitePhases.indexOf(phase)));

  describe(`phase ${name} on ${count(nodes, 'node')}`, () => {
    let before: SiteWorld;
    let after: SiteWorld;

    beforeAll(async () => {
      vi.useFakeTimers({ toFake: ['Date', 'performance'] });
      const bundle = agentPhases.includes(phase) ? nodeBundle() : siteBundle(sampleSite());
      before = new SiteWorld(await bundle, nodes);
      for (const one of earlier) await run(before, one);
      after = before.copy();
      await run(after, phase);
    }, 60_000);

    afterAll(() => {
      vi.useRealTimers();
      removeWorlds();
    });

    it('plans without writing, and tells no secret', async () => {
      const world = before.copy();
      const untouched = world.state();
      const plan = await planned(world, phase);
      expect(plan.length).toBeGreaterThan(0);
      expect(world.line.changes).toEqual([]);
      expect(firstDifference(untouched, world.state())).toBeUndefined();
      const told = plan.join('\n');
      for (const value of Object.values(before.credentials())) expect(told).not.toContain(value);
    });

    it('does what it planned, and then plans nothing', async () => {
      expect(after.line.changes.length).toBeGreaterThan(0);
      expect(await planned(after, phase)).toEqual([]);
    });

    it('ends in the same state wherever it is killed', async () => {
      expect(await troubles('killed')).toEqual([]);
    }, 120_000);

    it('ends in the same state when the run that goes on is killed too, half-way', async () => {
      expect(await troubles('killed', true)).toEqual([]);
    }, 120_000);

    it('ends in the same state whichever answer is lost', async () => {
      expect(await troubles('lost')).toEqual([]);
    }, 120_000);

    /** Cuts the phase off at each of its changes in turn, and lets the next installer go on. */
    async function troubles(kind: CutKind, again = false): Promise<string[]> {
      const wanted = after.state();
      const found: string[] = [];
      for (const [at, { what, remote }] of after.line.changes.entries()) {
        if (kind === 'lost' && !remote) continue;
        const trouble = await troubleOf(at, kind, again, wanted);
        if (trouble !== undefined) found.push(`${kind} at ${what}: ${trouble}`);
      }
      return found;
    }

    async function troubleOf(
      at: number,
      kind: CutKind,
      again: boolean,
      wanted: unknown,
    ): Promise<string | undefined> {
      const world = before.copy();
      world.line.cutAfter(at, kind);
      const error = await failureOf(run(world, phase));
      if (world.line.isCutAhead) return 'it was never cut off';
      if (kind === 'lost' && error !== undefined && !isPerimeterError(error))
        return `it took that for a defect: ${messageOf(error)}`;
      world.line.mend();
      if (again) {
        world.line.cutAfter(Math.floor((after.line.changes.length - at) / 2));
        await failureOf(run(world, phase));
        world.line.mend();
      }
      const failure = await failureOf(run(world, phase));
      if (failure !== undefined) return `the next run failed: ${messageOf(failure)}`;
      return firstDifference(wanted, world.state());
    }
  });
}

async function run(world: SiteWorld, phase: Phase): Promise<void> {
  now.world = world;
  await applyPhases([phase], await world.setup());
}

async function failureOf(running: Promise<unknown>): Promise<unknown> {
  return await running.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function planned(world: SiteWorld, phase: Phase): Promise<readonly string[]> {
  now.world = world;
  const { phases } = await planPhases([phase], await world.setup());
  return phases.flatMap(({ targets }) =>
    targets.flatMap(({ changes }) => changes.map((one) => JSON.stringify(one))),
  );
}
