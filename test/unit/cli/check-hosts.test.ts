import { describe, expect, it } from 'vitest';
import { checkVerbOn } from '../../../installer/cli/check.ts';
import { runCli } from '../../../installer/cli/run-cli.ts';
import type { HostPool } from '../../../installer/hosts/host.ts';
import type { CheckResult } from '../../../installer/preflight/judge-site.ts';
import type { MemoryCommand } from '../../../installer/testkit/memory-command.ts';
import { MemoryHost } from '../../../installer/testkit/memory-host.ts';
import { disk, disks } from '../../support/fit-survey.ts';
import { inventoryYaml, siteFolder } from '../site/site-folder.ts';
import { KeptStreams } from './streams.ts';

/** What the first machine tells of itself, and the inventory says of it. */
const machine = {
  'system.manufacturer': 'Acme',
  'system.model': 'A1',
  'system.serial': 'SER-1',
  nic: 'eno1 02:00:00:00:00:01 1500 up 1 10000 full 0 0 1000 physical ixgbe',
  lsblk: disks(disk({ name: 'sda', serial: 'S1' }), disk({ name: 'sdb', serial: 'S2' })),
  rootDisk: 'sda',
};
const declared = {
  identity: '{serial: SER-1, macs: ["02:00:00:00:00:01"]}',
  expectModel: 'acme-a1',
  rootDeviceHints: '{serialNumber: S1}',
};
const origin = 'provenance: synthetic, source: a test';
const catalogue = {
  'hardware/models/acme-a1.yaml': `slug: acme-a1
deviceType: acme/acme-a1
facts: [{name: manufacturer, value: Acme, ${origin}}]
match: [{field: system.model, op: equals, value: A1, weight: 90, ${origin}}]
limits: []
`,
  'hardware/device-types/acme/acme-a1.yaml': 'manufacturer: Acme\nmodel: A1\nslug: acme-a1\n',
};

interface Checked {
  readonly code: number;
  readonly text: string;
  /** Check and node of all that failed. */
  readonly failed: readonly string[];
}

/** What differs from a fit first host. */
interface World {
  readonly said?: Partial<typeof declared>;
  readonly told?: Readonly<Record<string, string | readonly string[]>>;
  readonly commands?: Readonly<Record<string, MemoryCommand>>;
  readonly files?: Readonly<Record<string, string>>;
}

/** `perimeter check` as a person types it, on three hosts in memory; afterwards they are as before. */
async function check({ said, told, commands, files }: World, ...argv: readonly string[]): Promise<Checked> {
  const lines = Object.entries({ ...declared, ...said }).map(([key, value]) => `    ${key}: ${value}\n`);
  const inventory = inventoryYaml.replace('  - name: n2', `${lines.join('')}  - name: n2`);
  const folder = await siteFolder({ 'inventory.yaml': inventory, ...catalogue, ...files });

  const run = async (...more: readonly string[]): Promise<{ code: number; streams: KeptStreams }> => {
    const hosts = Object.fromEntries(
      [11, 12, 13].map((octet, index): [string, MemoryHost] => {
        const place = { name: `n${index + 1}`, address: `10.20.0.${octet}` };
        return [place.name, new MemoryHost(index === 0 ? { ...place, commands: commands ?? {} } : place)];
      }),
    );
    const first = hosts['n1'] as MemoryHost;
    first.machine.survey = { ...first.machine.survey, ...machine, ...told };
    const before = Object.values(hosts).map((host) => host.machine.snapshot());
    const pool: HostPool = { hands: (name) => hosts[name] as MemoryHost, close: async () => {} };
    const streams = new KeptStreams();
    const verbs = { check: async () => checkVerbOn(() => pool) };
    const code = await runCli(['check', folder, ...argv, ...more], streams, verbs);
    expect(Object.values(hosts).flatMap(({ changes }) => changes)).toEqual([]);
    expect(Object.values(hosts).map((host) => host.machine.snapshot())).toEqual(before);
    return { code, streams };
  };

  const [{ code, streams }, json] = [await run(), await run('--output', 'json')];
  expect(json.code).toBe(code);
  const { data } = json.streams.outJson.at(-1) as { data: { results: readonly CheckResult[] } };
  const failed = data.results.filter(({ status }) => status === 'fail' || status === 'error');
  return { code, text: streams.out, failed: failed.map(({ check: id, node }) => `${id} ${node}`) };
}

describe('perimeter check on three hosts', () => {
  it('finds them fit, and says so', async () => {
    const { code, text, failed } = await check({});
    expect(failed).toEqual([]);
    expect(code).toBe(0);
    expect(text).toContain('Nothing speaks against installing.');
    expect(text).toContain('nothing was changed.');
  });

  it.each<[string, World, string, RegExp]>([
    [
      'two disks that fit one hint',
      { said: { rootDeviceHints: '{minSizeGigabytes: 400}' } },
      'HW-DSK-15 n1',
      /HW-DSK-15 {2}disk of the system: n1\n +seen +2 disks fit: sda \(S1, 480 GB\), sdb \(S2, 480 GB\)\n.*\n +do +Name it by serial number/,
    ],
    [
      'a system that lies on the other disk',
      { told: { rootDisk: 'sdb' } },
      'HW-DSK-15 n1',
      /seen +sda \(S1, 480 GB\) fits, but \/ lies on sdb/,
    ],
    [
      'a machine that is not the one meant',
      { told: { 'system.serial': 'SER-9' } },
      'ID-07 n1',
      /ID-07 {2}identity: n1\n +seen +serial is SER-9, not SER-1\n.*\n +do +Look at the machine: cat \/sys\/class\/dmi/,
    ],
    [
      'a machine of another model',
      { said: { expectModel: 'gse-s200' } },
      'ID-06 n1',
      /ID-06 {2}model: n1\n +seen +acme-a1\n +wanted +gse-s200\n +do +See the evidence: perimeter hardware match SITE/,
    ],
    [
      'a machine of no model that anybody knows',
      { told: { 'system.model': 'A9' } },
      'ID-06 n1',
      /seen +unknown\n +wanted +acme-a1/,
    ],
  ])(
    'refuses %s: exit code 3, the finding with its remedy, and nothing changed',
    async (_what, world, finding, words) => {
      const { code, text, failed } = await check(world);
      expect(failed).toEqual([finding]);
      expect(code).toBe(3);
      expect(text).toMatch(words);
      expect(text).toContain('The site is not fit to be installed.');
    },
  );

  it('refuses a clock that is set while the hosts are looked at', async () => {
    const tenMinutes = 600_000;
    // As after the long look, by which the clock is told first.
    const commands: Readonly<Record<string, MemoryCommand>> = {
      'tell-time': () => ({ stdout: `${BigInt(Date.now() + tenMinutes) * 1_000_000n}\n` }),
    };
    const { code, text, failed } = await check({ commands });
    expect(code).toBe(3);
    expect(failed).toContain('TIME-01 n1');
    expect(text).toMatch(
      /TIME-01 {2}clock: n1\n +seen .*jumped by 600\.\d s while it was looked at\n.*\n +do .*chronyc waitsync/,
    );
  });

  it('says with --all why a thing is unknown, and what would make it known', async () => {
    const { text } = await check({}, '--all');
    expect(text).toMatch(
      /unknown HW-DSK-06 {2}disks call themselves healthy: .*\n +seen +smartctl is not installed\n.*\n +do +apt-get install smartmontools/,
    );
    expect((await check({})).text).not.toContain('smartctl is not installed');
  });

  describe('where nobody could look for a way out', () => {
    const commands: Readonly<Record<string, MemoryCommand>> = {
      'probe-outside': () => ({ stdout: 'lacks perl\nname unknown\n' }),
    };
    const told = { has: ['bash', 'getent'] };

    it('refuses, unasked and with the reason', async () => {
      const { code, text } = await check({ commands, told });
      expect(code).toBe(3);
      expect(text).toMatch(
        /unknown NET-05 {2}no way out: n1\n +seen +perl is not installed\n.*\n +do +apt-get install perl-base/,
      );
    });

    it('goes on when that was accepted in writing', async () => {
      const waiver = (id: string): string =>
        `  - {check: ${id}, node: n1, reason: looked at by hand, ticket: CHG-17, expires: 9999-12-31}\n`;
      const files = { 'waivers.yaml': `waivers:\n${['NET-05', 'NET-06', 'NET-13'].map(waiver).join('')}` };
      const { code, text } = await check({ commands, told, files });
      expect(code).toBe(0);
      expect(text).toContain('waived  NET-05');
    });
  });
});
