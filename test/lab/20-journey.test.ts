import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { egressCount, type Lab, labDown, readLab, rebootHost } from '../../installer/lab/lab.ts';
import { onHost } from './on-host.ts';
import { changesIn, lastWords, runPerimeter } from './perimeter-process.ts';

/**
 * The main job on real hosts, interrupted wherever it hurts: SIGKILL in nine phases, a disk that fills up, a host rebooted in the middle, then
 * everything that must hold on the finished site. The tests build on one another and run in this order.
 */
const name = process.env['PERIMETER_LAB'] ?? `j${process.pid}`;
const minutes = 60_000;
let siteDirectory: string;

const laterPhases = [
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

async function theLab(): Promise<Lab> {
  const found = await readLab(name);
  if (found === undefined) throw new Error(`lab ${name} is not there`);
  return found;
}

/** Lets hardly more fit onto a tmpfs than is there now. */
const noRoomLeft = (folder: string): string =>
  `mount -o remount,size=$(( $(df --output=used -m ${folder} | tail -n 1) + 20 ))M ${folder}`;

async function killIn(phase: string): Promise<void> {
  const ended = await runPerimeter(tryArguments(), { when: changesIn(phase), afterMs: 1500 });
  expect(ended.killedAt, `never came to ${phase}: ${lastWords(ended)}`).toBeDefined();
  expect(ended.exitCode, lastWords(ended)).toBeNull();
}

describe('from nothing to a tested site, killed on the way', () => {
  it('is killed in the middle of seed-images', () => killIn('seed-images'), 90 * minutes);

  it(
    'names the host whose disk fills up while it is seeded',
    async () => {
      const folder = '/var/lib/perimeter';
      await onHost(await theLab(), 'n2', `mount -t tmpfs -o size=60G,mode=0700 tmpfs ${folder}`);
      let struck: Promise<unknown> | undefined;
      try {
        const ended = await runPerimeter(tryArguments(), {
          when: ({ kind, scope, ...line }) => {
            if (kind === 'progress' && scope?.[0] === 'seed-images' && Number(line['done']) > 0)
              struck ??= theLab().then((site) => onHost(site, 'n2', noRoomLeft(folder)));
            return false;
          },
          afterMs: 0,
        });
        await struck;
        expect(ended.exitCode, lastWords(ended)).toBe(1);
        expect(ended.lines.at(-1), lastWords(ended)).toMatchObject({
          code: 'E_DISK_FULL',
          message: expect.stringContaining('n2'),
        });
      } finally {
        await onHost(await theLab(), 'n2', `umount --lazy ${folder}`);
      }
    },
    20 * minutes,
  );

  it('lets the operator say more of one node on the way', async () => {
    const file = join(siteDirectory, 'inventory.yaml');
    const [first] = (await theLab()).hosts;
    const own = `    overrides: {packages: [smartmontools], timeServers: [${first?.address}], bootImages: [gitea]}\n`;
    const before = await readFile(file, 'utf8');
    const after = before.replace(/^ {2}- name: n3\n(?: {4}.*\n)*/m, (node) => `${node}${own}`);
    expect(after).not.toBe(before);
    await writeFile(file, after);
  });

  it.each(laterPhases)(
    'is killed in the middle of %s',
    async (phase) => {
      await killIn(phase);
      if (phase === 'join-nodes') await rebootHost(await theLab(), 'n2');
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
  it('one node has what its own profile asks for, and the others have not', async () => {
    const site = await theLab();
    const look =
      'command -v smartctl chronyd; grep -h ^server /etc/chrony/chrony.conf; systemctl is-enabled chrony || true';
    expect(await onHost(site, 'n3', look)).toBe(
      `/usr/sbin/smartctl\n/usr/sbin/chronyd\nserver ${site.hosts[0]?.address} iburst\nenabled`,
    );
    expect(await onHost(site, 'n2', 'command -v smartctl chronyd || echo none')).toBe('none');
  });

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
    'puts right what an approved plan says, and refuses when more would have to be done',
    async () => {
      const site = await theLab();
      const file = join(siteDirectory, '..', 'approved.json');
      const edit = 'echo "# by hand" >> /etc/crictl.yaml';
      await onHost(site, 'n1', edit);
      const planned = await runPerimeter(['plan', siteDirectory, '--out', file]);
      expect(planned.exitCode, lastWords(planned)).toBe(0);
      const byPlan = ['install', siteDirectory, '--plan', file];
      await onHost(site, 'n2', edit);
      const refused = await runPerimeter(byPlan);
      expect(refused.exitCode, lastWords(refused)).toBe(3);
      expect(refused.lines.at(-1), lastWords(refused)).toMatchObject({
        code: 'E_PLAN_STALE',
        findings: [expect.stringContaining('prepare-nodes, n2: not in the plan:')],
      });
      await onHost(site, 'n2', `sed -i '$d' /etc/crictl.yaml`);
      for (const applied of [1, 0]) {
        const ended = await runPerimeter(byPlan);
        expect(ended.exitCode, lastWords(ended)).toBe(0);
        const result = ended.lines.find((line) => line.kind === 'result');
        const { phases } = (result?.['data'] ?? { phases: [] }) as { phases: { applied: number }[] };
        expect(phases.length).toBeGreaterThanOrEqual(16);
        expect(phases.reduce((sum, phase) => sum + phase.applied, 0)).toBe(applied);
      }
      expect(await onHost(site, 'n1', 'cat /etc/crictl.yaml')).not.toContain('by hand');
    },
    15 * minutes,
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
    expect(await egressCount(await theLab())).toMatchObject({ packets: 0 });
  });
});
