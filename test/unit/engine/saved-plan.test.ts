import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../installer/base/digest.ts';
import { applyPhases } from '../../../installer/engine/apply-phases.ts';
import { assertStillApproved } from '../../../installer/engine/approved-plan.ts';
import { definePhase, siteTarget } from '../../../installer/engine/phase.ts';
import { planPhases } from '../../../installer/engine/plan-phases.ts';
import { readSavedPlan, type SavedPlan, savePlan } from '../../../installer/engine/saved-plan.ts';
import { engineSetup, wordsPhase } from './engine-setup.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perimeter-plan-'));
  file = join(folder, 'plan.json');
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const setup = engineSetup([], []);

/** What is to be done in a world, and the same saved and read again. */
async function planned(world: Set<string>, wanted = ['a', 'b']) {
  const phases = [wordsPhase('first', world, wanted)];
  const plan = await planPhases(phases, setup);
  await savePlan(plan, file);
  return { phases, plan, approved: await readSavedPlan(file) };
}

describe('a saved plan', () => {
  it('says after reading what it said before, and by which program it was made', async () => {
    const { plan, approved } = await planned(new Set());
    expect(approved).toMatchObject(plan);
    expect(approved.installer.digest).toMatch(/^sha256:/);
  });

  it('is named by the digest of its bytes', async () => {
    const plan = await planPhases([wordsPhase('first', new Set(), ['a'])], setup);
    const digest = await savePlan(plan, file);
    expect(digest).toBe(digestOf(await readFile(file)));
  });

  it.each([
    ['is absent', undefined, /cannot be read \(ENOENT\)/],
    ['is cut off', '{"planVersion": 1', /no JSON/],
    ['is something else', '{"planVersion": 2}', /no plan/],
  ])('that %s is refused, with the way to make one', async (_title, text, message) => {
    if (text !== undefined) await writeFile(file, text);
    await expect(readSavedPlan(file)).rejects.toMatchObject({
      code: 'E_PLAN_INVALID',
      message: expect.stringMatching(message),
      hint: expect.stringContaining('--out'),
    });
  });
});

describe('an approved plan', () => {
  it('fits as long as nothing changed, and also when part of it is done', async () => {
    const world = new Set<string>();
    const { phases, approved } = await planned(world);
    await assertStillApproved(approved, await planPhases(phases, setup));
    world.add('a');
    await assertStillApproved(approved, await planPhases(phases, setup));
    await applyPhases(phases, { ...setup, approved });
    expect([...world]).toEqual(['a', 'b']);
  });

  it('does not fit another site, bundle or program, and every difference is named', async () => {
    const { plan, approved } = await planned(new Set());
    const other: SavedPlan = {
      ...approved,
      site: { ...approved.site, digest: digestOf('other') },
      bundle: { ...approved.bundle, digest: digestOf('other') },
      installer: { digest: digestOf('other') },
    };
    await expect(assertStillApproved(other, plan)).rejects.toMatchObject({
      code: 'E_PLAN_STALE',
      findings: [
        expect.stringContaining('site folder'),
        expect.stringContaining('bundle is'),
        expect.stringContaining('another version of perimeter'),
      ],
    });
  });

  it('does not fit when more has to be done', async () => {
    const { approved } = await planned(new Set(['b', 'c']), ['a', 'b', 'c']);
    const now = await planPhases([wordsPhase('first', new Set(), ['a', 'b'])], setup);
    await expect(assertStillApproved(approved, now)).rejects.toMatchObject({
      code: 'E_PLAN_STALE',
      findings: ['first, site: not in the plan: add b'],
    });
  });

  it('holds a change whatever was found since', async () => {
    let found = 'nothing';
    const phase = definePhase<string, { found: string }>({
      name: 'first',
      title: 'First',
      targets: () => [siteTarget],
      inspect: async () => found,
      plan: (seen) => [{ id: 'file', sentence: `write the file (found ${seen})`, data: { found: seen } }],
      apply: async () => {},
    });
    await savePlan(await planPhases([phase], setup), file);
    found = 'half a file';
    await assertStillApproved(await readSavedPlan(file), await planPhases([phase], setup));
  });

  it('stops a phase that turns out to need more, before it does anything', async () => {
    const world = new Set<string>();
    const { approved } = await planned(world, ['a']);
    const needsMore = wordsPhase('first', world, ['a', 'b']);
    await expect(applyPhases([needsMore], { ...setup, approved })).rejects.toMatchObject({
      code: 'E_PLAN_MISFIT',
      findings: [expect.stringContaining('add b')],
    });
    expect(world.size).toBe(0);
  });
});
