import { describe, expect, it } from 'vitest';
import { PerimeterError } from '../../../installer/base/errors.ts';
import type { CheckStatus, NodeSubject, SiteSubject } from '../../../installer/preflight/check.ts';
import { checkTable } from '../../../installer/preflight/check-table.ts';
import { judgeSite } from '../../../installer/preflight/judge-site.ts';
import type { FileSystem } from '../../../installer/site/file-systems.ts';
import type { NodeHardware } from '../../../installer/site/node-hardware.ts';
import type { Profile } from '../../../installer/site/profile.ts';
import type { SiteNode } from '../../../installer/site/site.ts';
import { disk, disks, smart } from '../../support/fit-survey.ts';
import { sampleSite } from '../../support/sample-site.ts';
import { type Differences, declaredMachine, siteSubject } from './subjects.ts';

const statusOf = (subject: SiteSubject, id: string): readonly CheckStatus[] =>
  judgeSite(subject, checkTable)
    .filter(({ check, node }) => check === id && (node === undefined || node === 'n2'))
    .map(({ status }) => status);

const told = (lines: NonNullable<Differences['told']>): Differences => ({ told: lines });
const reading = (subject: Partial<NodeSubject>): Differences => ({ subject });
const refused = (code: 'E_HOST_UNREACHABLE' | 'E_HOST_KEY' | 'E_HOST_LOGIN') => ({
  nodes: [],
  unreached: [{ node: 'n2', error: new PerimeterError(code, { message: 'no', hint: 'do' }) }],
});
const outside = (way: 'tcp' | 'dns' | 'name', word: string): Differences =>
  reading({ outside: [{ way, address: '198.51.100.1', word }] });
const nic = (words: string): Differences => told({ nic: `eno1 02:00:00:00:00:02 ${words}` });
const declared = (
  more: { readonly [K in keyof NodeHardware]: NodeHardware[K] | undefined },
): Differences => ({
  node: { hardware: { ...declaredMachine(2), ...more } },
});
const ownDisk = (wanted: FileSystem['disk']): FileSystem => ({
  mount: '/var/lib/etcd',
  disk: wanted,
  type: 'ext4',
  options: 'defaults',
});
const profiled = (more: Partial<Profile>): Differences => ({
  node: { profile: { ...(sampleSite().nodes[1] as SiteNode).profile, ...more } },
});
const one = sampleSite();

/** For each check, what makes it speak: a check that cannot is none. */
const cases: readonly (readonly [string, CheckStatus, Differences, Partial<SiteSubject>?])[] = [
  ['SSH-01', 'fail', {}, refused('E_HOST_UNREACHABLE')],
  ['SSH-02', 'fail', {}, refused('E_HOST_KEY')],
  ['SSH-03', 'fail', {}, refused('E_HOST_LOGIN')],
  ['SITE-01', 'warn', {}, { site: { ...one, nodes: one.nodes.slice(0, 1) } }],
  ['SITE-02', 'warn', {}, { installerNetworks: ['10.244.3.0/24'] }],
  ['SITE-03', 'fail', {}, { credentialsMode: 0o644 }],
  [
    'SITE-04',
    'warn',
    {},
    {
      site: {
        ...one,
        waivers: [{ check: 'OLD-02', reason: 'because', ticket: 'C-1', expires: '2030-01-01' }],
      },
    },
  ],
  ['SITE-05', 'unknown', {}, { nodes: [] }],
  ['ID-01', 'warn', told({ hostname: 'localhost' })],
  ['ID-02', 'warn', told({ hostname: 'other' })],
  ['ID-03', 'fail', told({ machineId: 'uninitialized' })],
  ['ID-04', 'unknown', told({ 'system.serial': 'To Be Filled By O.E.M.' })],
  ['ID-05', 'fail', told({ 'system.serial': ['A1', 'B2'] })],
  ['ID-06', 'fail', declared({ expectModel: 'gse-s200' })],
  [
    'ID-06',
    'unknown',
    {
      ...reading({ match: { status: 'ambiguous', scores: [], evidence: [] } }),
      ...declared({ expectModel: undefined }),
    },
  ],
  ['ID-06', 'fail', reading({ match: { status: 'ambiguous', scores: [], evidence: [] } })],
  ['ID-07', 'fail', declared({ identity: { serial: 'SER-9', macs: ['02:00:00:00:00:02'] } })],
  ['ID-07', 'fail', told({ 'system.serial': 'Default string' })],
  ['ID-07', 'fail', declared({ identity: undefined })],
  ['ID-07', 'unknown', { node: { hardware: {} } }],
  ['FRZ-01', 'fail', {}, { frozen: { problem: 'it was changed after it was signed' } }],
  ['FRZ-01', 'unknown', {}, { frozen: undefined }],
  ['FRZ-02', 'fail', told({ lsblk: disks(disk({ serial: 'NEW' })) })],
  ['HW-LIM-01', 'fail', told({ cores: '1' })],
  ['HW-DSK-15', 'fail', told({ lsblk: disks(disk({ name: 'sda' }), disk({ name: 'sdb' })) })],
  ['HW-DSK-15', 'fail', declared({ rootDeviceHints: { serialNumber: 'S9' } })],
  ['HW-DSK-16', 'fail', declared({ etcdDeviceHints: { serialNumber: 'S1' } })],
  ['BMC-01', 'warn', declared({ bmc: undefined })],
  ['FW-01', 'unknown', told({ 'bios.version': 'Default string' })],
  ['FW-02', 'warn', told({ secureBoot: '0' })],
  ['FW-03', 'warn', told({ tpm: '1' })],
  ['FW-04', 'unknown', told({ bmc: undefined })],
  ['HW-CPU-01', 'fail', told({ architecture: 'aarch64' })],
  ['HW-CPU-02', 'fail', told({ cpuFlags: 'sse4_1 aes' })],
  ['HW-CPU-02', 'warn', told({ cpuFlags: 'cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3' })],
  ['HW-CPU-03', 'fail', { told: { cores: '0' } }],
  ['HW-CPU-03', 'warn', told({ cores: '2' })],
  ['HW-CPU-04', 'warn', told({ cpuFlags: 'sse4_2' })],
  ['HW-CPU-05', 'warn', told({ cpusOnline: '0-2' })],
  ['HW-CPU-06', 'warn', told({ governor: 'powersave' })],
  ['HW-CPU-07', 'warn', told({ throttled: ['0', '7'] })],
  ['HW-CPU-08', 'warn', told({ vulnerable: 'retbleed' })],
  ['HW-CPU-09', 'unknown', told({ microcode: undefined })],
  ['HW-CPU-10', 'warn', told({ load: '12.50 9.0 8.0 1/100 1' })],
  ['HW-MEM-01', 'fail', told({ memoryKib: '100' })],
  ['HW-MEM-01', 'warn', told({ memoryKib: String(4 * 1024 * 1024) })],
  ['HW-MEM-02', 'fail', told({ uncorrected: ['0', '1'] })],
  ['HW-MEM-03', 'warn', told({ corrected: '4' })],
  ['HW-MEM-04', 'warn', told({ edac: undefined, ecc: 'None' })],
  ['HW-MEM-05', 'warn', told({ dimm: ['16 GB', '16384 MB'] })],
  ['HW-MEM-06', 'warn', told({ memoryAvailableKib: '1000000' })],
  ['HW-MEM-07', 'warn', told({ hugePages: '4096' })],
  ['HW-MEM-08', 'fail', told({ swap: '/dev/sda3' })],
  ['HW-MEM-09', 'warn', told({ overcommit: '2' })],
  ['HW-DSK-01', 'fail', told({ diskFreeKib: String(7_999 * 1024) })],
  ['HW-DSK-02', 'warn', told({ data: 'ext4 52428800 40000000' })],
  ['HW-DSK-03', 'fail', told({ inodes: '600000 1000' })],
  ['HW-DSK-04', 'fail', told({ data: 'nfs4 419430400 209715200' })],
  ['HW-DSK-04', 'warn', told({ data: 'btrfs 419430400 209715200' })],
  ['HW-DSK-05', 'fail', reading({ writes: { by: 'fio', p99Ms: 10.4, count: 100 } })],
  ['HW-DSK-05', 'warn', reading({ writes: { by: 'fio', p99Ms: 2.5, count: 100 } })],
  ['HW-DSK-06', 'fail', told({ smart: smart({ smart_status: { passed: false } }) })],
  [
    'HW-DSK-07',
    'fail',
    told({ smart: smart({ smart_status: {}, nvme_smart_health_information_log: { percentage_used: 80 } }) }),
  ],
  [
    'HW-DSK-08',
    'warn',
    told({
      smart: smart({ smart_status: {}, ata_smart_attributes: { table: [{ id: 5, raw: { value: 2 } }] } }),
    }),
  ],
  ['HW-DSK-09', 'warn', told({ lsblk: disks(disk({ rota: '1' })) })],
  ['HW-DSK-10', 'fail', told({ raid: ['[UU]', '[U_]'] })],
  ['HW-DSK-11', 'fail', told({ ext4Errors: '3' })],
  ['HW-DSK-12', 'fail', told({ mount: ['/ ext4 rw', '/var ext4 rw,noexec'] })],
  ['HW-DSK-12', 'fail', told({ mount: '/etc ext4 ro' })],
  ['HW-DSK-13', 'warn', reading({ need: { freeMib: 1, sizeBytes: 10e12, packages: ['node-debs'] } })],
  ['HW-DSK-14', 'warn', told({ activeUnit: 'multipathd.service' })],
  [
    'OS-29',
    'fail',
    {
      ...told({ cmdline: 'quiet', grub: 'no' }),
      ...profiled({ kernelArguments: ['quiet', 'mitigations=off'] }),
    },
  ],
  [
    'OS-29',
    'warn',
    {
      ...told({ trace: '/var/lib/kubelet/config.yaml' }),
      ...profiled({ kernelArguments: ['mitigations=off'] }),
    },
  ],
  ['HW-DSK-17', 'fail', profiled({ filesystems: [ownDisk({ serialNumber: 'S9' })] })],
  ['HW-DSK-17', 'fail', profiled({ filesystems: [ownDisk({ rotational: false })] })],
  [
    'HW-DSK-17',
    'fail',
    {
      ...told({ lsblk: disks(disk(), disk({ name: 'sdb', serial: 'S2', size: 960e9, fstype: 'ext4' })) }),
      ...profiled({ filesystems: [ownDisk('etcd')] }),
    },
  ],
  ['OS-01', 'fail', told({ 'os.id': 'alpine' })],
  ['OS-28', 'fail', told({ 'os.version': '13' })],
  ['OS-02', 'fail', told({ kernel: '5.4.0-1' })],
  ['OS-03', 'fail', told({ init: 'runit' })],
  ['OS-04', 'warn', told({ failedUnit: 'a.service' })],
  ['OS-05', 'fail', told({ namespace: ['net', 'pid'] })],
  ['OS-06', 'warn', told({ cgroup: '1' })],
  ['OS-07', 'fail', told({ controller: ['cpu', 'cpuset', 'pids'] })],
  ['OS-08', 'fail', told({ filesystem: ['ext4'] })],
  ['OS-09', 'fail', told({ bridge: 'no', module: [] })],
  ['OS-10', 'fail', told({ conntrackMax: undefined, module: [] })],
  ['OS-11', 'fail', told({ module: ['nf_tables'] })],
  ['OS-12', 'unknown', told({ ipForward: undefined })],
  ['OS-13', 'fail', told({ inotifyInstances: '100' })],
  ['OS-14', 'fail', told({ inotifyWatches: '100' })],
  ['OS-15', 'warn', told({ fileMax: '200000' })],
  ['OS-16', 'fail', told({ openFiles: '1024' })],
  ['OS-17', 'fail', told({ pidMax: '4096' })],
  ['OS-18', 'warn', told({ entropy: '20' })],
  ['OS-19', 'unknown', told({ seccomp: undefined })],
  ['OS-20', 'warn', told({ selinux: '1' })],
  ['OS-21', 'warn', told({ tainted: '16' })],
  ['OS-22', 'warn', told({ oom: 'no' })],
  ['OS-23', 'warn', told({ rebootRequired: 'yes' })],
  ['OS-24', 'fail', told({ brokenPackage: 'haproxy' })],
  ['OS-25', 'warn', told({ packageLock: 'held' })],
  ['OS-26', 'warn', told({ activeUnit: ['unattended-upgrades.service'] })],
  ['OS-27', 'fail', told({ lacks: ['tar'] })],
  ['HW-NIC-01', 'fail', nic('1500 up 1 100 full 0 0 1 physical e1000')],
  ['HW-NIC-01', 'warn', nic('1500 up 1 1000 full 0 0 1 physical e1000')],
  ['HW-NIC-01', 'unknown', nic('1500 up 1 -1 full 0 0 1 physical virtio')],
  ['HW-NIC-02', 'fail', nic('1500 down 0 - - 0 0 1 physical e1000')],
  ['HW-NIC-03', 'warn', nic('1500 up 1 1000 half 0 0 1 physical e1000')],
  ['HW-NIC-04', 'warn', nic('1500 up 1 1000 full 90 0 1000 physical e1000')],
  ['HW-NIC-05', 'fail', nic('1200 up 1 1000 full 0 0 1 physical e1000')],
  ['NET-01', 'fail', told({ address: ['lo 127.0.0.1/8', 'eno1 10.77.0.99/24'] })],
  ['NET-02', 'fail', told({ listen: ['0016', '192B'] })],
  ['NET-03', 'fail', told({ route: '0000F40A 0000FFFF' })],
  ['NET-04', 'warn', told({ route: '00000000 00000000', defaultDevice: 'eno1' })],
  ['NET-05', 'fail', outside('tcp', 'open')],
  ['NET-05', 'fail', outside('tcp', 'refused')],
  ['NET-06', 'fail', outside('dns', 'answered')],
  ['NET-07', 'fail', outside('name', 'resolved')],
  ['NET-08', 'fail', told({ proxy: 'systemd http_proxy' })],
  ['NET-09', 'warn', told({ activeUnit: 'ufw.service' })],
  ['NET-10', 'fail', told({ cni: '/etc/cni/net.d/10-calico.conflist' })],
  ['NET-11', 'warn', told({ localhost: undefined })],
  ['NET-12', 'warn', told({ nameserver: '127.0.0.53' })],
  ['TIME-01', 'fail', reading({ clock: { skewMs: -600_000, errorMs: 5 } })],
  ['TIME-01', 'warn', reading({ clock: { skewMs: 400, errorMs: 5 } })],
  ['TIME-02', 'fail', told({ NTPSynchronized: 'no' })],
  ['TIME-03', 'warn', told({ rtcSeconds: '4600' })],
  ['TIME-04', 'warn', told({ activeUnit: ['chrony.service', 'systemd-timesyncd.service'] })],
  ['TIME-05', 'fail', reading({ clock: { skewMs: 5_000, errorMs: 5 } })],
  ['OLD-01', 'fail', told({ marker: Buffer.from('{"site":"other"}').toString('base64') })],
  ['OLD-01', 'fail', told({ marker: Buffer.from('{').toString('base64') })],
  ['OLD-02', 'fail', told({ trace: '/etc/kubernetes' })],
  ['OLD-03', 'fail', told({ activeUnit: 'docker.service' })],
  ['OLD-04', 'warn', told({ engine: 'podman' })],
  ['OLD-05', 'warn', told({ engineData: '/var/lib/docker' })],
  ['OLD-06', 'fail', told({ kubeRules: '12' })],
  ['OLD-07', 'fail', told({ kubeletMount: '/var/lib/kubelet/pods/x' })],
  ['OLD-08', 'warn', told({ ownFiles: '/var/lib/perimeter' })],
  ['X-01', 'fail', told({ hostname: 'n1' })],
  ['X-02', 'fail', told({ machineId: '1'.repeat(32) })],
  ['X-03', 'fail', told({ bootId: 'boot-1' })],
  ['X-04', 'fail', told({ 'system.serial': 'SER-1' })],
  ['X-05', 'fail', told({ 'system.uuid': '4c4c4544-0000-4000-8000-000000000001' })],
  ['X-06', 'fail', told({ nic: 'eno1 02:00:00:00:00:01 1500 up 1 10000 full 0 0 1 physical ixgbe' })],
  ['X-07', 'warn', told({ 'os.version': '13' })],
  ['X-08', 'warn', told({ kernel: '6.12.1' })],
  ['X-09', 'fail', { peer: { timeMs: 120 } }],
  ['X-09', 'warn', { peer: { timeMs: 12 } }],
  ['X-10', 'warn', { peer: { lost: 1 } }],
  ['X-11', 'fail', { peer: { whole: 'lost' } }],
  ['X-11', 'unknown', { peer: { whole: 'silent' } }],
  ['X-12', 'fail', { peer: { silentPorts: [6443] } }],
  ['X-12', 'warn', { peer: { silentPorts: [6443] }, subject: { ours: true } }],
  ['X-11', 'warn', { peer: { whole: 'lost' }, subject: { ours: true } }],
  ['OS-24', 'warn', { ...told({ packagesInterrupted: 'yes' }), subject: { ours: true } }],
  [
    'X-13',
    'fail',
    reading({ peers: { peers: [], neighbours: new Map([['10.77.0.11', '02:00:00:00:00:99']]) } }),
  ],
  ['X-14', 'warn', nic('9000 up 1 10000 full 0 0 1 physical ixgbe')],
  ['X-16', 'warn', told({ 'bios.version': '2.2' })],
  ['X-15', 'warn', told({ cores: '8' })],
];

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

  it('was made to speak in every row', () => {
    const seen = new Set(cases.map(([id]) => id));
    expect(checkTable.filter(({ id }) => !seen.has(id)).map(({ id }) => id)).toEqual([]);
  });

  it('takes what a machine does not tell for neither good nor bad', () => {
    const subject = siteSubject();
    const untold = Object.fromEntries(subject.nodes[1]?.survey.all.map(({ key }) => [key, undefined]) ?? []);
    const needed = [
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
    const bare = Object.fromEntries(Object.entries(untold).filter(([key]) => !needed.includes(key)));
    const nothing = {
      clock: undefined,
      peers: undefined,
      outside: undefined,
      writes: undefined,
      need: undefined,
    };
    const results = judgeSite(
      siteSubject({ told: bare, subject: nothing, node: { hardware: {} } }, { frozen: undefined }),
      checkTable,
    );
    expect(results.filter(({ status }) => status === 'fail' || status === 'error')).toEqual([]);
  });

  it('does not mistake its own Kubernetes for a foreign one', () => {
    const ours = {
      marker: Buffer.from('{"site":"test","node":"n2"}').toString('base64'),
      trace: '/etc/kubernetes',
      listen: '192B',
      route: '0000F40A 0000FFFF',
      diskFreeKib: String(1500 * 1024),
      kubeRules: '300',
      kubeletMount: '/var/lib/kubelet/pods/x',
      activeUnit: ['containerd.service', 'kubelet.service'],
      engine: 'containerd',
      engineData: '/var/lib/containerd',
      cni: '/etc/cni/net.d/10-kube-router.conflist',
      ownFiles: '/var/lib/perimeter',
    };
    const spoke = judgeSite(siteSubject({ told: ours }), checkTable).filter(
      ({ status }) => status !== 'pass',
    );
    expect(spoke).toEqual([]);
  });
});
