import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { egressCount, labDown, readLab, rebootHost } from '../../installer/lab/lab.ts';
import { changesIn, lastWords, runPerimeter } from './perimeter-process.ts';

/**
 * The main job on real hosts, interrupted wherever it hurts: SIGKILL in nine phases, a host rebooted in the middle, then
 * everything that must hold on the finished site. The tests build on one another and run in this order.
 */
const name = process.env['PERIMETER_LAB'] ?? `j${process.pid}`;
const minutes = 60_000;
let siteDirectory: string;

const killedPhases = [
  'seed-images',
  'prepare-nodes',
  'init-control-plane',
  'join-nodes',
  'registry',
  'git',
  'secrets',
  'platform-repository',
  'ci',
];

beforeAll(async () => {
  siteDirectory =
    process.env['PERIMETER_SITE'] ?? join(await mkdtemp(join(tmpdir(), 'perimeter-journey-')), 'site');
});

afterAll(async () => {
  if (process.env['PERIMETER_KEEP'] !== undefined) return;
  await labDown(name);
  if (process.env['PERIMETER_SITE'] === undefined)
    await rm(join(siteDirectory, '..'), { recursive: true, force: true });
}, 2 * minutes);

const tryArguments = (): readonly string[] => ['try', '--name', name, '--site', siteDirectory];

describe('from nothing to a tested site, killed on the way', () => {
  it.each(killedPhases)(
    'is killed in the middle of %s',
    async (phase) => {
      const ended = await runPerimeter(tryArguments(), {
        when: changesIn(phase),
        afterMs: 1500,
      });
      expect(ended.killedAt, `never came to ${phase}: ${lastWords(ended)}`).toBeDefined();
      expect(ended.exitCode, lastWords(ended)).toBeNull();
      if (phase !== 'join-nodes') return;
      const lab = await readLab(name);
      if (lab === undefined) throw new Error(`lab ${name} is not there`);
      await rebootHost(lab, 'n2');
    },
    90 * minutes,
  );

  it(
    'ends in the finished, accepted site all the same',
    async () => {
      const ended = await runPerimeter(tryArguments());
      expect(ended.exitCode, lastWords(ended)).toBe(0);
      const result = ended.lines.find((line) => line.kind === 'result');
      expect(result?.['data']).toMatchObject({ fail: 0, error: 0, egressPackets: 0 });
      expect((result?.['data'] as { pass: number } | undefined)?.pass).toBeGreaterThanOrEqual(11);
    },
    60 * minutes,
  );
});

describe('on the finished site', () => {
  it(
    'plans nothing',
    async () => {
      const ended = await runPerimeter(['plan', siteDirectory, '--check']);
      expect(ended.exitCode, lastWords(ended)).toBe(0);
    },
    10 * minutes,
  );

  it(
    'does nothing when it is installed again',
    async () => {
      const ended = await runPerimeter(['install', siteDirectory]);
      expect(ended.exitCode, lastWords(ended)).toBe(0);
      const result = ended.lines.find((line) => line.kind === 'result')?.['data'] as {
        phases: { applied: number }[];
      };
      expect(result.phases.length).toBeGreaterThanOrEqual(16);
      expect(result.phases.filter((phase) => phase.applied > 0)).toEqual([]);
    },
    10 * minutes,
  );

  it(
    'refuses a second installer and names the first',
    async () => {
      let second: ReturnType<typeof runPerimeter> | undefined;
      const first = runPerimeter(['install', siteDirectory], {
        when: (line) => {
          if (line.kind === 'start' && line.scope?.[0] === 'check-hosts')
            second = runPerimeter(['install', siteDirectory]);
          return false;
        },
        afterMs: 0,
      });
      const firstEnded = await first;
      const secondEnded = await second;
      expect(firstEnded.exitCode, lastWords(firstEnded)).toBe(0);
      expect(secondEnded?.exitCode).toBe(3);
      expect(JSON.stringify(secondEnded?.lines)).toContain('E_SITE_LOCKED');
    },
    10 * minutes,
  );

  it('let no packet out, in all that time, but the ones that the checks sent on purpose', async () => {
    const lab = await readLab(name);
    if (lab === undefined) throw new Error(`lab ${name} is not there`);
    expect(await egressCount(lab)).toMatchObject({ packets: 0 });
  });
});
