import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentEvents } from '../../installer/base/events.ts';
import {
  egressCount,
  killHost,
  type Lab,
  labDown,
  labUp,
  skewClock,
  startHost,
} from '../../installer/lab/lab.ts';
import { writeSampleSite } from '../../installer/site/sample-site.ts';
import { type SmallWorkshop, smallWorkshop } from '../fixtures/small-bundle.ts';
import { onHost } from './on-host.ts';
import { type Ended, lastWords, runPerimeter } from './perimeter-process.ts';

/**
 * Hosts that must not be taken, met as a person meets them: real machines over real SSH, and `install` refuses with exit code 3, says
 * what, where and what to do, and has changed nothing on any host.
 */
const name = `bh${process.pid}`;
const minute = 60_000;
let stateHome: string;
let lab: Lab;
let workshop: SmallWorkshop;
let bundleFile: string;
let bundleKey: string;
let site: string;

beforeAll(async () => {
  stateHome = await mkdtemp(join(tmpdir(), 'perimeter-lab-'));
  process.env['XDG_STATE_HOME'] = stateHome;
  workshop = await smallWorkshop();
  // It is not for its bundle that a host is refused here.
  const recipe =
    'kind: files\nsets: [core]\nlicence: MIT\nversion: v1.0.0\nfiles: [{from: none, path: /none}]\n';
  await workshop.write('node-debs/source.yaml', recipe);
  await workshop.write('node-debs/none', 'no packages');
  const built = await workshop.build();
  bundleFile = built.file;
  bundleKey = built.publicKey;
  process.env['XDG_CONFIG_HOME'] = join(stateHome, 'config');
  await cp(workshop.options.keysDirectory, join(stateHome, 'config', 'perimeter', 'keys'), {
    recursive: true,
  });
  lab = await labUp({ name, hosts: 2 }, silentEvents);
}, 5 * minute);

afterAll(async () => {
  await labDown(name);
  await workshop[Symbol.asyncDispose]();
  await rm(stateHome, { recursive: true, force: true });
}, minute);

beforeEach(async () => {
  site = await mkdtemp(join(tmpdir(), 'perimeter-site-'));
  await writeSampleSite(site, { ...lab, bundleKey });
});

afterEach(async () => {
  await rm(site, { recursive: true, force: true });
});

async function edit(file: string, change: (text: string) => string): Promise<void> {
  const before = await readFile(join(site, file), 'utf8');
  const after = change(before);
  expect(after, `nothing to change in ${file}`).not.toBe(before);
  await writeFile(join(site, file), after);
}

/** All that an installer could have changed: files by size and time, units, packages, addresses. The host's own housekeeping is left out. */
async function stateOf(host: string): Promise<readonly string[]> {
  const own = ['/var/log', '/var/lib/systemd', '/var/cache', '/var/tmp']
    .map((path) => `-path ${path} -prune -o`)
    .join(' ');
  const script = [
    `find /etc /usr /opt /root /boot /var -xdev ${own} -type f -printf '%p %s %m %T@\\n' -o -printf '%p %y %m\\n' | sort`,
    'ls -A /var/lib /run/systemd/system /etc/systemd/system; systemctl list-unit-files --no-legend; dpkg-query -W; ip -o addr | sed "s/ tentative//"',
  ];
  return (await onHost(lab, host, script.join('\n'))).split('\n');
}

async function expectUnchanged(host: string, before: readonly string[]): Promise<void> {
  const [then, now] = [new Set(before), new Set(await stateOf(host))];
  expect(then.size).toBeGreaterThan(1000);
  const differing = [...then]
    .filter((line) => !now.has(line))
    .concat([...now].filter((line) => !then.has(line)));
  expect(differing, `changed on ${host}`).toEqual([]);
}

async function refusedInstall(
  hosts: readonly string[] = ['n1', 'n2'],
): Promise<Ended & { words: string; code: unknown }> {
  const before = await Promise.all(hosts.map(stateOf));
  const ended = await runPerimeter(['install', site, '--bundle', bundleFile]);
  expect(ended.exitCode, lastWords(ended)).toBe(3);
  for (const [index, host] of hosts.entries()) await expectUnchanged(host, before[index] ?? []);
  const error = ended.lines.at(-1);
  return { ...ended, code: error?.['code'], words: JSON.stringify(error) };
}

describe('install refuses, and changes nothing', () => {
  it(
    'a host that does not answer',
    async () => {
      await killHost(lab, 'n2');
      try {
        const { code, words } = await refusedInstall(['n1']);
        expect(code).toBe('E_HOST_UNREACHABLE');
        expect(words).toContain('n2');
      } finally {
        await startHost(lab, 'n2');
      }
    },
    minute,
  );

  it(
    'hosts with other keys than those pinned',
    async () => {
      const [first = '', second = ''] = lab.hosts.map(({ hostKey }) => hostKey.split(' ')[1]);
      await edit('inventory.yaml', (text) =>
        text.replace(first, 'SECOND').replace(second, first).replace('SECOND', second),
      );
      const { code, words } = await refusedInstall();
      expect(code).toBe('E_HOST_KEY');
      expect(words).toContain('n1');
      expect(words).toContain('n2');
    },
    minute,
  );

  it(
    'hosts that the key does not open',
    async () => {
      const key = join(site, 'other_key');
      await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
      await edit('inventory.yaml', (text) => text.replace(/^ {2}keyFile: .*/m, `  keyFile: ${key}`));
      const { code, words } = await refusedInstall();
      expect(code).toBe('E_HOST_LOGIN');
      expect(words).toContain('authorized_keys');
    },
    minute,
  );

  it(
    'everything at once: too little memory and disk, a wrong clock, a foreign Kubernetes',
    async () => {
      const profile = 'extends: worker\nminimum: {memory: 900 GiB, diskFree: 90 TiB}\n';
      await execa('mkdir', [join(site, 'profiles')]);
      await writeFile(join(site, 'profiles', 'huge.yaml'), profile);
      await edit('inventory.yaml', (text) => text.replace('profile: worker', 'profile: huge'));
      await onHost(
        lab,
        'n2',
        'mkdir -p /etc/kubernetes/manifests; echo x > /etc/kubernetes/kubelet.conf; cp /bin/true /usr/bin/kubelet',
      );
      await skewClock(lab, 'n1', 600);
      try {
        const { code, words } = await refusedInstall();
        expect(code).toBe('E_CHECK_REFUSED');
        expect(words).toContain('2 hosts are not fit (4 findings). Nothing was changed.');
        expect(words).toMatch(/n2: memory \(HW-MEM-01\): \d+ MiB, wanted at least 921600 MiB/);
        expect(words).toMatch(
          /n2: free disk in \/var\/lib \(HW-DSK-01\): \d+ MiB, wanted at least 94371840 MiB/,
        );
        expect(words).toMatch(/n1: clock \(TIME-01\): (599|600)\.\d s ahead of the installer's machine/);
        expect(words).toContain(
          'n2: a Kubernetes that is not ours (OLD-02): /etc/kubernetes, /usr/bin/kubelet',
        );
        expect(words).toContain('date -u -s @');
      } finally {
        await skewClock(lab, 'n1', 0);
        await onHost(lab, 'n2', 'rm -rf /etc/kubernetes /usr/bin/kubelet');
      }
    },
    minute,
  );

  it(
    'a host of another site, and a way out of the perimeter',
    async () => {
      const [first, second] = lab.hosts.map(({ address }) => address);
      await onHost(
        lab,
        'n2',
        'mkdir -p /var/lib/perimeter; echo \'{"site":"elsewhere"}\' > /var/lib/perimeter/site.json',
      );
      // The other host plays the outside: it answers at an address that belongs to nobody. No packet leaves the lab.
      await onHost(lab, 'n2', `ip addr add 198.51.100.1/32 dev lo; ip route add 203.0.113.0/24 dev lo`);
      await onHost(lab, 'n1', `ip route add default via ${second}`);
      try {
        const { code, words } = await refusedInstall();
        expect(code).toBe('E_CHECK_REFUSED');
        expect(words).toContain('n2: belongs to a site (OLD-01): elsewhere');
        expect(words).toContain('n1: no way out (NET-05): 198.51.100.1: refused');
      } finally {
        await onHost(lab, 'n1', 'ip route del default');
        await onHost(
          lab,
          'n2',
          'ip addr del 198.51.100.1/32 dev lo; ip route del 203.0.113.0/24; rm -rf /var/lib/perimeter',
        );
      }
      expect(first).not.toBe(second);
    },
    minute,
  );
});

describe('perimeter check', () => {
  it(
    'finds the same hosts fit when nothing is wrong with them, and leaves no trace on them',
    async () => {
      const before = await Promise.all(['n1', 'n2'].map(stateOf));
      const ended = await runPerimeter(['check', site]);
      const data = ended.lines.at(-1)?.['data'] as {
        counts: Record<string, number>;
        results: { check: string; status: string }[];
      };
      const failed = data.results.filter(({ status }) => status === 'fail' || status === 'error');
      expect(failed).toEqual([]);
      expect(ended.exitCode).toBe(0);
      // How fast this machine writes while others work on it is no matter of the hosts; that it was measured is.
      expect(
        data.results.filter(({ check, status }) => check === 'HW-DSK-05' && status !== 'unknown'),
      ).toHaveLength(2);
      expect(new Set(data.results.map(({ check }) => check)).size).toBeGreaterThanOrEqual(80);
      // A lab host has no firmware of its own: what it does not tell is no finding.
      expect(data.results.filter(({ check }) => check === 'ID-04').map(({ status }) => status)).toEqual([
        'unknown',
        'unknown',
      ]);
      for (const check of ['X-11', 'X-12', 'NET-05', 'NET-06', 'NET-07', 'NET-13', 'TIME-01', 'HW-DSK-01']) {
        expect(
          data.results.filter((one) => one.check === check).map(({ status }) => status),
          check,
        ).toEqual(['pass', 'pass']);
      }
      await expectUnchanged('n1', before[0] ?? []);
      await expectUnchanged('n2', before[1] ?? []);
      expect(await egressCount(lab)).toEqual({ packets: 0, bytes: 0 });
    },
    minute,
  );

  it(
    'tells a finding that was accepted in writing, and no longer once that is over',
    async () => {
      await onHost(
        lab,
        'n1',
        'truncate -s 0 /etc/machine-id.lab; cp /etc/machine-id /root/machine-id; echo uninitialized > /etc/machine-id; rm /etc/machine-id.lab',
      );
      const waiver = (expires: string): Promise<void> =>
        writeFile(
          join(site, 'waivers.yaml'),
          `waivers:\n  - {check: ID-03, node: n1, reason: written by the imaging system, ticket: CHG-17, expires: ${expires}}\n`,
        );
      try {
        await waiver('9999-12-31');
        const accepted = await runPerimeter(['check', site, '--quick']);
        expect(accepted.exitCode, lastWords(accepted)).toBe(0);
        expect(JSON.stringify(accepted.lines.at(-1))).toContain('"status":"waived"');
        await waiver('2020-01-31');
        const over = await runPerimeter(['check', site, '--quick']);
        expect(over.exitCode).toBe(3);
        expect(JSON.stringify(over.lines.at(-1))).toContain('"expired":{"check":"ID-03"');
      } finally {
        await onHost(lab, 'n1', 'mv /root/machine-id /etc/machine-id');
      }
    },
    minute,
  );

  it(
    'refuses machines that are not as they were frozen, and a report that somebody changed',
    async () => {
      const frozen = await runPerimeter(['hardware', 'freeze', site, '--signing-key', 'builder']);
      expect(frozen.exitCode, lastWords(frozen)).toBe(0);
      expect((await runPerimeter(['hardware', 'diff', site])).exitCode).toBe(0);
      const statusOf = async (): Promise<unknown[]> => {
        const { lines } = await runPerimeter(['check', site, '--quick']);
        const data = lines.at(-1)?.['data'] as { results: { check: string; status: string }[] } | undefined;
        return (data?.results ?? [])
          .filter(({ check }) => check.startsWith('FRZ'))
          .map(({ check, status }) => `${check} ${status}`);
      };
      expect(await statusOf()).toEqual(['FRZ-01 pass', 'FRZ-02 pass', 'FRZ-02 pass']);
      await edit('hardware-report.json', (text) => text.replace(/"cores": \d+/, '"cores": 96'));
      expect(await statusOf()).toEqual(['FRZ-01 fail', 'FRZ-02 unknown']);
    },
    minute,
  );
});
