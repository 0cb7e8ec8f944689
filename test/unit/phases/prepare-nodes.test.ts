import { describe, expect, it } from 'vitest';
import { applyPhases } from '../../../installer/engine/apply-phases.ts';
import { planPhases } from '../../../installer/engine/plan-phases.ts';
import { prepareNodes } from '../../../installer/phases/prepare-nodes.ts';
import type { PlaybookChangeData } from '../../../installer/playbook/playbook-changes.ts';
import type { SiteNode } from '../../../installer/site/site.ts';
import type { MemoryHost } from '../../../installer/testkit/memory-host.ts';
import { disk, disks } from '../../support/fit-survey.ts';
import { bootCommands, bootIdFile, diskCommands } from '../suites/machine-commands.ts';
import { describeHostPhase, type PhaseWorld } from '../suites/phase-suite.ts';
import { memoryWorld } from './memory-world.ts';
import { ownFolder } from './own-folder.ts';

const sharedCredentials = await ownFolder();

describeHostPhase(prepareNodes, () => memoryWorld(1, sharedCredentials));
describe('with everything that a profile can ask for', () => {
  describeHostPhase(prepareNodes, () => demandingWorld());

  it('each of it is there afterwards', async () => {
    const world = await demandingWorld();
    await applyPhases([prepareNodes], world.setup);
    const { files, machine } = world.hosts[0] as MemoryHost;
    expect([...machine.packages.keys()]).toEqual(
      expect.arrayContaining(['smartmontools', 'chrony', 'libnettle8', 'e2fsprogs']),
    );
    expect(machine.unit('chrony.service')).toMatchObject({ active: true, enabled: true });
    expect(files.text('/etc/chrony/chrony.conf')).toContain('server 10.1.0.2 iburst\n');
    expect(files.text('/etc/default/grub.d/90-perimeter.cfg')).toContain(
      'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX quiet transparent_hugepage=never"',
    );
    expect(files.text(bootIdFile)).toBe('second\n');
    expect(files.text('/dev/disk/by-id/wwn-0x5')).toMatch(/^TYPE=ext4\n/);
    expect(files.text('/etc/fstab')).toMatch(/^UUID=\S+ \/var\/lib\/etcd ext4 noatime 0 0$/m);
    expect(machine.mounts.has('/var/lib/etcd')).toBe(true);
  });
});

/** A node whose profile uses every word, on a host that can do all of it. */
async function demandingWorld(): Promise<PhaseWorld> {
  const commands = { ...diskCommands, ...bootCommands };
  const world = await memoryWorld(1, sharedCredentials, commands);
  const [host] = world.hosts as readonly [MemoryHost];
  const [node] = world.setup.site.nodes as readonly [SiteNode];
  host.files.edit(bootIdFile, 'first\n');
  host.files.edit('/dev/disk/by-id/wwn-0x5', '');
  host.machine.facts = {
    ...host.machine.facts,
    cmdline: 'quiet',
    grub: 'yes',
    setsClock: 'yes',
  };
  host.machine.survey = {
    ...host.machine.survey,
    'system.serial': 'SER-1',
    'system.uuid': '4c4c4544-0000-4000-8000-000000000001',
    lsblk: disks(disk({ name: 'sda', serial: 'S1', mountpoint: '/' }), disk({ name: 'sdb', serial: 'S2' })),
    diskLink: 'sdb /dev/disk/by-id/wwn-0x5',
  };
  const profile = {
    ...node.profile,
    packages: ['smartmontools'],
    timeServers: ['10.1.0.2'],
    kernelArguments: ['quiet', 'transparent_hugepage=never'],
    filesystems: [{ mount: '/var/lib/etcd', disk: 'etcd', type: 'ext4', options: 'noatime' }] as const,
  };
  const hardware = {
    identity: { serial: 'SER-1', uuid: '4c4c4544-0000-4000-8000-000000000001' },
    etcdDeviceHints: { serialNumber: 'S2' },
  };
  const site = { ...world.setup.site, nodes: [{ ...node, profile, hardware }] };
  return { ...world, setup: { ...world.setup, site } };
}

async function prepared(): Promise<PhaseWorld & { readonly host: MemoryHost }> {
  const world = await memoryWorld(1, sharedCredentials);
  await applyPhases([prepareNodes], world.setup);
  return { ...world, host: world.hosts[0] as MemoryHost };
}

async function found({ setup }: PhaseWorld): Promise<PlaybookChangeData['differences']> {
  const plan = await planPhases([prepareNodes], setup);
  const changes = plan.phases.flatMap(({ targets }) => targets).flatMap((target) => target.changes);
  return changes.flatMap((change) => (change.data as unknown as PlaybookChangeData).differences);
}

describe('what was changed by hand on a node is found, with what was wanted and what is there', () => {
  it.each<[string, (host: MemoryHost) => void, object]>([
    [
      'a file',
      ({ files }) => files.edit('/etc/containerd/config.toml', '# mine\n'),
      { item: 'content of /etc/containerd/config.toml', found: 'line 1: # mine' },
    ],
    [
      'a mode',
      ({ files }) => files.attributes('/etc/containerd/certs.d/_default/hosts.toml', { mode: 0o644 }),
      { wanted: '0600', found: '0644' },
    ],
    [
      'a line of /etc/hosts',
      ({ files }) => files.edit('/etc/hosts', '127.0.0.1 localhost\n'),
      { item: 'content of /etc/hosts' },
    ],
    [
      'a sysctl',
      ({ files }) => files.edit('/proc/sys/net/ipv4/ip_forward', '0\n'),
      { item: 'sysctl net.ipv4.ip_forward', wanted: '1', found: '0' },
    ],
    [
      'a unit that is stopped',
      ({ machine }) => void (machine.unit('containerd.service').active = false),
      { item: 'unit containerd', wanted: 'running', found: 'inactive' },
    ],
    [
      'a unit that is disabled',
      ({ machine }) => void (machine.unit('kubelet.service').enabled = false),
      { item: 'start of kubelet at boot', wanted: 'enabled', found: 'disabled' },
    ],
    [
      'a program',
      ({ files }) => files.edit('/usr/local/bin/kubelet', 'other'),
      { item: 'content of /usr/local/bin/kubelet' },
    ],
    [
      'a package',
      ({ machine }) => void machine.packages.delete('conntrack'),
      { item: 'package conntrack', wanted: '1.4-1', found: 'not installed' },
    ],
  ])('%s', async (_what, change, difference) => {
    const world = await prepared();
    expect(await found(world)).toEqual([]);
    change(world.host);
    expect(await found(world)).toContainEqual(expect.objectContaining(difference));
    await applyPhases([prepareNodes], world.setup);
    expect(await found(world)).toEqual([]);
  });
});

it('what nodes are given to log in with is in their file and nowhere else', async () => {
  const world = await prepared();
  const password = world.setup.credentials.get('registry.password.pull') ?? 'missing';
  const header = Buffer.from(`pull:${password}`).toString('base64');
  expect(world.host.files.text('/etc/containerd/certs.d/_default/hosts.toml')).toContain(header);
  world.host.files.edit('/etc/containerd/certs.d/_default/hosts.toml', 'broken');
  const plan = JSON.stringify(await planPhases([prepareNodes], world.setup));
  expect(plan).not.toContain(header);
  expect([...world.host.changes, ...world.host.queries].join('\n')).not.toContain(header);
});

it('a plan made before there are any credentials is a plan all the same', async () => {
  const world = await memoryWorld(3);
  const plan = await planPhases([prepareNodes], world.setup);
  expect(plan.phases[0]?.targets.map(({ name }) => name)).toEqual(['n1', 'n2', 'n3']);
  expect(world.setup.credentials.names()).toEqual([]);
});
