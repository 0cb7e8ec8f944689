import { describe, expect, it } from 'vitest';
import type { CheckStatus, SiteSubject } from '../../../installer/preflight/check.ts';
import { checkTable } from '../../../installer/preflight/check-table.ts';
import { type CheckResult, judgeSite } from '../../../installer/preflight/judge-site.ts';
import { machineCases } from './cases/machine.ts';
import { networkCases } from './cases/network.ts';
import { systemCases } from './cases/system.ts';
import { siteSubject } from './subjects.ts';

const ofSecond = (subject: SiteSubject): readonly CheckResult[] =>
  judgeSite(subject, checkTable).filter(({ node }) => node === undefined || node === 'n2');
const statusOf = (subject: SiteSubject, id: string): readonly CheckStatus[] =>
  ofSecond(subject)
    .filter(({ check }) => check === id)
    .map(({ status }) => status);

/** For each check, what makes it speak: a check that cannot is none. */
const cases = [...machineCases, ...systemCases, ...networkCases];

describe('the table of checks', () => {
  it('has 80 or more, each with an id of its own and everything said', () => {
    expect(checkTable.length).toBeGreaterThanOrEqual(80);
    expect(new Set(checkTable.map(({ id }) => id)).size).toBe(checkTable.length);
    for (const { id, title, why, wanted, remedy } of checkTable) {
      expect(id).toMatch(/^[A-Z]+(-[A-Z]+)*-\d\d$/);
      for (const words of [title, why, wanted, remedy]) expect(words.length, id).toBeGreaterThan(1);
    }
  });

  it('finds nothing on three fit servers of which everything is known', () => {
    const spoke = judgeSite(siteSubject(), checkTable).filter(({ status }) => status !== 'pass');
    expect(spoke).toEqual([]);
  });

  const rows = cases.map(([id, status, differences, more]) => ({ id, status, differences, more }));
  it.each(rows)('$id says $status', ({ id, status, differences, more }) => {
    expect(statusOf(siteSubject(differences, more), id)).toContain(status);
  });

  it('can warn or fail in every row: what can only be told is a fact, and no check', () => {
    const speaking = new Set(
      cases.flatMap(([id, status]) => (status === 'warn' || status === 'fail' ? [id] : [])),
    );
    expect(checkTable.filter(({ id }) => !speaking.has(id)).map(({ id }) => id)).toEqual([]);
  });
});

describe('what a machine does not tell', () => {
  /** The very first look, without which a host counts as not looked at. */
  const looked = [
    'os.id',
    'os.version',
    'kernel',
    'architecture',
    'hostname',
    'cores',
    'memoryKib',
    'diskFreeKib',
    'cgroup',
    'oom',
  ];
  const everything = siteSubject().nodes[1]?.survey.all.map(({ key }) => [key, undefined] as const) ?? [];
  const bare = Object.fromEntries(everything.filter(([key]) => !looked.includes(key)));
  const results = ofSecond(
    siteSubject(
      {
        told: bare,
        subject: {
          clock: undefined,
          peers: undefined,
          outside: undefined,
          bmc: undefined,
          writes: undefined,
        },
        node: { hardware: {} },
      },
      { frozen: undefined },
    ),
  ).filter(({ node }) => node === 'n2');

  it('is neither good nor bad, whichever collector is missing', () => {
    const byFirstLook =
      'ID-01 ID-02 OS-01 OS-28 OS-02 OS-06 OS-22 HW-CPU-01 HW-CPU-03 HW-MEM-01 HW-DSK-01 HW-LIM-01';
    const byAnswering = 'SSH-01 SSH-02 SSH-03';
    // The profile asks for nothing, and the subject of these tests brings its model along.
    const withoutAsking = 'OS-29 HW-DSK-17 ID-06';
    const told = `${byFirstLook} ${byAnswering} ${withoutAsking}`.split(' ');
    expect(
      results
        .filter(({ status }) => status !== 'unknown')
        .map(({ check }) => check)
        .toSorted(),
    ).toEqual(told.toSorted());
    expect(results.length).toBeGreaterThan(70);
  });

  it('comes with the reason, and with what would make it known', () => {
    for (const { check, status, observed, remedy } of results) {
      if (status !== 'unknown') continue;
      expect(observed.length, check).toBeGreaterThan(10);
      expect(remedy.length, check).toBeGreaterThan(10);
    }
  });

  it.each([
    ['HW-DSK-06', { smart: undefined, has: ['perl'] }, 'smartctl is not installed', 'smartmontools'],
    ['HW-DSK-06', { smart: undefined, has: ['smartctl'] }, 'smartctl does not tell it', 'smartctl -x'],
    ['HW-MEM-04', { edac: undefined, has: [] }, 'dmidecode is not installed', 'packages: [dmidecode]'],
    ['OLD-03', { asked: ['files'], has: ['systemctl'] }, 'did not answer in time', 'systemctl list-jobs'],
    ['TIME-03', { rtcSeconds: undefined, container: 'docker' }, 'a container (docker)', 'on the machine'],
    ['TIME-03', { rtcSeconds: undefined, virtualisation: 'kvm' }, 'a virtual machine (kvm)', 'Ask whoever'],
    ['TIME-03', { rtcSeconds: undefined }, 'the kernel does not tell', 'dmesg'],
    ['OS-03', { asked: undefined, init: undefined }, 'broke off', 'Look again'],
  ] as const)('says why %s is unknown: %j', (id, told, words, remedy) => {
    const found = ofSecond(siteSubject({ told })).find(({ check }) => check === id);
    expect(found?.status).toBe('unknown');
    expect(found?.observed).toContain(words);
    expect(found?.remedy).toContain(remedy);
  });
});

it('does not mistake its own Kubernetes for a foreign one', () => {
  const ours = {
    marker: Buffer.from('{"site":"test","node":"n2"}').toString('base64'),
    trace: ['/etc/kubernetes', '/var/lib/etcd'],
    mount: ['/ ext4 rw', '/var/lib/etcd ext4 rw'],
    etcdDisk: 'nvme0n1',
    listen: '192B',
    route: '0000F40A 0000FFFF',
    diskFreeKib: String(1500 * 1024),
    kubeRules: '300',
    dropRules: '2',
    kubeletMount: '/var/lib/kubelet/pods/x',
    activeUnit: ['containerd.service', 'kubelet.service'],
    engine: 'containerd',
    engineData: '/var/lib/containerd',
    cni: '/etc/cni/net.d/10-kube-router.conflist',
    ownFiles: '/var/lib/perimeter',
  };
  const spoke = judgeSite(siteSubject({ told: ours }), checkTable).filter(({ status }) => status !== 'pass');
  expect(spoke).toEqual([]);
});
