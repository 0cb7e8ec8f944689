import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalJson, digestOf } from '../../../installer/base/digest.ts';
import { applyPhases } from '../../../installer/engine/apply-phases.ts';
import { assertStillApproved } from '../../../installer/engine/approved-plan.ts';
import { definePhase, siteTarget } from '../../../installer/engine/phase.ts';
import { planPhases } from '../../../installer/engine/plan-phases.ts';
import { readSavedPlan, type SavedPlan, savePlan } from '../../../installer/engine/saved-plan.ts';
import { machineReport } from '../../../installer/hardware/machine-report.ts';
import { disk, disks, surveyWith, type ToldLines } from '../../support/fit-survey.ts';
import { engineSetup, wordsPhase } from './engine-setup.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perimeter-plan-'));
  file = join(folder, 'plan.json');
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const setup = engineSetup([], []);
const machineWith = (told: ToldLines = {}) => [machineReport('n1', surveyWith(told))];
const machines = machineWith();

/** What is to be done in a world, and the same saved and read again. */
async function planned(world: Set<string>, wanted = ['a', 'b']) {
  const phases = [wordsPhase('first', world, wanted)];
  const plan = await planPhases(phases, setup);
  await savePlan(plan, machines, file);
  return { phases, plan, approved: await readSavedPlan(file) };
}

describe('a saved plan', () => {
  it('says after reading what it said before, and by which program it was made', async () => {
    const { plan, approved } = await planned(new Set());
    expect(approved).toMatchObject(plan);
    expect(approved.installer.digest).toMatch(/^sha256:/);
    expect(approved.machines).toEqual({ digest: digestOf(canonicalJson(machines)), told: machines });
  });

  it('names by one digest what the machines are, not how they are', async () => {
    const { approved } = await planned(new Set());
    const plan = await planPhases([wordsPhase('first', new Set(), ['a'])], setup);
    const digestWith = async (told: ToldLines) => {
      await savePlan(plan, machineWith(told), file);
      return (await readSavedPlan(file)).machines.digest;
    };
    const busy = {
      uptime: '9999.0',
      load: '8.0 8.0 8.0 9/100 1',
      diskFreeKib: '1',
      bootId: 'other',
      kernel: '9',
    };
    expect(await digestWith(busy)).toBe(approved.machines.digest);
    expect(await digestWith({ 'system.serial': 'SER-9' })).not.toBe(approved.machines.digest);
  });

  it('whose machines were changed by hand is refused', async () => {
    await planned(new Set());
    await writeFile(file, (await readFile(file, 'utf8')).replace('SER-1', 'SER-9'));
    await expect(readSavedPlan(file)).rejects.toMatchObject({
      code: 'E_PLAN_INVALID',
      findings: ['machines.digest: is not that of the machines beside it'],
    });
  });

  it('is named by the digest of its bytes', async () => {
    const plan = await planPhases([wordsPhase('first', new Set(), ['a'])], setup);
    const digest = await savePlan(plan, machines, file);
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
    await assertStillApproved(approved, await planPhases(phases, setup), machines);
    world.add('a');
    await assertStillApproved(approved, await planPhases(phases, setup), machines);
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
    await expect(assertStillApproved(other, plan, machines)).rejects.toMatchObject({
      code: 'E_PLAN_STALE',
      findings: [
        expect.stringContaining('site folder'),
        expect.stringContaining('bundle is'),
        expect.stringContaining('another version of perimeter'),
      ],
    });
  });

  it.each<[string, ToldLines, readonly string[]]>([
    [
      'a swapped disk',
      { lsblk: disks(disk({ serial: 'NEW' }), disk({ name: 'nvme0n1', serial: 'S2', size: 960e9 })) },
      [
        'n1 is not the machine that was planned for: disk: then Flash S1 (480 GB), now gone',
        'n1 is not the machine that was planned for: disk: then not there, now Flash NEW (480 GB)',
      ],
    ],
    [
      'less memory',
      { memoryKib: String(8 * 1024 * 1024) },
      ['n1 is not the machine that was planned for: memory: then 16384 MiB, now 8192 MiB'],
    ],
    [
      'another board',
      { 'system.serial': 'SER-9', 'system.uuid': '4c4c4544-0000-4000-8000-000000000099' },
      [
        'n1 is not the machine that was planned for: serial: then SER-1, now SER-9',
        expect.stringContaining('uuid: then 4c4c4544'),
      ],
    ],
  ])('does not fit a machine with %s, and says what differs', async (_what, told, findings) => {
    const { plan, approved } = await planned(new Set());
    await expect(assertStillApproved(approved, plan, machineWith(told))).rejects.toMatchObject({
      code: 'E_PLAN_STALE',
      findings,
    });
  });

  it('does not fit a machine that nobody looked at then, but one that is only busy or tells more now', async () => {
    const { plan, approved } = await planned(new Set());
    const second = machineReport('n2', surveyWith({}, 2));
    await expect(assertStillApproved(approved, plan, [...machines, second])).rejects.toMatchObject({
      findings: ['n2 was not looked at when it was planned'],
    });
    await assertStillApproved(
      approved,
      plan,
      machineWith({ uptime: '1.0', memoryKib: String(16_300 * 1024) }),
    );
    await savePlan(plan, machineWith({ 'system.serial': undefined }), file);
    await assertStillApproved(await readSavedPlan(file), plan, machines);
  });

  it('does not fit when more has to be done', async () => {
    const { approved } = await planned(new Set(['b', 'c']), ['a', 'b', 'c']);
    const now = await planPhases([wordsPhase('first', new Set(), ['a', 'b'])], setup);
    await expect(assertStillApproved(approved, now, machines)).rejects.toMatchObject({
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
    await savePlan(await planPhases([phase], setup), machines, file);
    found = 'half a file';
    await assertStillApproved(await readSavedPlan(file), await planPhases([phase], setup), machines);
  });

  // Which items a task of a playbook has may only be known once changes above it are made.
  it('that holds a task as a whole holds each of its items', async () => {
    const { approved } = await planned(new Set(), ['site/one of each']);
    const items = await planPhases([wordsPhase('first', new Set(), ['site/one of each[a]'])], setup);
    await expect(assertStillApproved(approved, items, machines)).resolves.toBeUndefined();
    const others = await planPhases([wordsPhase('first', new Set(), ['site/one[a]'])], setup);
    await expect(assertStillApproved(approved, others, machines)).rejects.toMatchObject({
      code: 'E_PLAN_STALE',
    });
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
