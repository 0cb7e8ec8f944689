import { expect, it } from 'vitest';
import { splitWords } from '../../../../installer/playbook/modules/shared/split-words.ts';
import { playbookModules } from '../../../../installer/playbook/modules.ts';
import { MemoryHost } from '../../../../installer/testkit/memory-host.ts';
import { describeModule } from '../../suites/module-suite.ts';

const live = '/proc/sys/net/ipv4/ip_forward';
const stored = '/etc/sysctl.d/99-perimeter.conf';
const unitFile = '/etc/systemd/system/demo.service';
const withUnit = (host: MemoryHost): void => host.files.edit(unitFile, '[Service]\nExecStart=/bin/true\n');

describeModule('sysctl', [
  {
    title: 'sets both halves',
    args: { name: 'net.ipv4.ip_forward', value: 1 },
    sentence: 'set net.ipv4.ip_forward to 1',
    after(host) {
      expect(host.files.text(live)).toBe('1\n');
      expect(host.files.text(stored)).toBe('net.ipv4.ip_forward = 1\n');
    },
  },
  {
    title: 'puts the living half right, among other settings and several numbers',
    args: { name: 'net.ipv4.ip_local_port_range', value: '1024 65535' },
    prepare(host) {
      host.files.edit('/proc/sys/net/ipv4/ip_local_port_range', '32768\t60999\n');
      host.files.edit(stored, 'a.b = 1\nnet.ipv4.ip_local_port_range = 1024 65535\n');
    },
    sentence: 'set net.ipv4.ip_local_port_range to 1024 65535',
    after: (host) => expect(host.files.text('/proc/sys/net/ipv4/ip_local_port_range')).toBe('1024 65535\n'),
  },
  {
    title: 'stores a setting that this kernel does not have',
    args: { name: 'net.absent', value: '1', ignoreerrors: true },
    sentence: 'set net.absent to 1',
    after: (host) => expect(host.files.text(stored)).toBe('net.absent = 1\n'),
  },
]);

describeModule('modprobe', [
  {
    title: 'loads a module, now and at boot',
    args: { name: 'br_netfilter', persistent: 'present' },
    sentence: 'load the kernel module br_netfilter',
    after: (host) => expect(host.files.text('/etc/modules-load.d/br_netfilter.conf')).toBe('br_netfilter\n'),
  },
]);

describeModule('systemd', [
  {
    title: 'enables and starts',
    args: { name: 'demo', enabled: true, state: 'started' },
    prepare: withUnit,
    sentence: 'start and enable demo',
    after: (host) => expect(host.machine.unit('demo.service')).toMatchObject({ active: true, enabled: true }),
  },
  {
    title: 'stops and masks',
    args: { name: 'demo.service', state: 'stopped', masked: true },
    prepare(host) {
      withUnit(host);
      Object.assign(host.machine.unit('demo.service'), { active: true });
    },
    sentence: 'stop and mask demo.service',
    after: (host) => expect(host.machine.unit('demo.service')).toMatchObject({ active: false, masked: true }),
  },
  {
    title: 'lets systemd read a changed unit file again',
    args: { name: 'demo', daemon_reload: true },
    prepare(host) {
      withUnit(host);
      host.machine.unit('demo.service').readStamp = 'older';
    },
    sentence: 'read again demo',
    after: (host) =>
      expect(host.machine.unit('demo.service').readStamp).toBe(host.files.status(unitFile)?.stamp),
  },
]);

describeModule('command', [
  {
    title: 'runs once, for what it creates',
    args: { argv: ['modprobe', 'dummy'], creates: '/sys/module/dummy' },
    sentence: 'run modprobe dummy',
    after: (host) => expect(host.files.status('/sys/module/dummy')).toBeDefined(),
  },
  {
    title: 'runs for what it takes away',
    args: { cmd: 'tidy /srv/left', removes: '/srv/left' },
    prepare: (host) => host.files.edit('/srv/left', ''),
    commands: {
      tidy({ files }, [, path = '']) {
        files.remove(path);
        return {};
      },
    },
    sentence: 'run tidy /srv/left',
    after: (host) => expect(host.files.status('/srv/left')).toBeUndefined(),
  },
]);

it.each([
  ['echo a b', ['echo', 'a', 'b']],
  [`sh -c "echo a b > /tmp/zz"`, ['sh', '-c', 'echo a b > /tmp/zz']],
  [`a  'b c'\t"d"'e' ''`, ['a', 'b c', 'de', '']],
  [`a\\ b "c\\"d" 'e\\f' "\\g"`, ['a b', 'c"d', 'e\\f', '\\g']],
  ['  ', []],
  [`it's`, undefined],
])('the words of %j are those that a shell would see', (line, words) => {
  expect(splitWords(line)).toEqual(words);
});

describeModule('group', [
  {
    title: 'adds a group',
    args: { name: 'etcd', gid: 900 },
    sentence: 'add the group etcd',
    after: (host) => expect(host.files.text('/etc/group')).toContain('etcd:x:900:'),
  },
  {
    title: 'changes its number',
    args: { name: 'adm', gid: 44 },
    sentence: 'give the group adm the number 44',
    after: (host) => expect(host.files.text('/etc/group')).toContain('adm:x:44:'),
  },
  {
    title: 'removes a group',
    args: { name: 'adm', state: 'absent' },
    sentence: 'remove the group adm',
    after: (host) => expect(host.files.text('/etc/group')).not.toContain('adm'),
  },
]);

describeModule('user', [
  {
    title: 'adds a user with a home',
    args: {
      name: 'etcd',
      uid: 900,
      group: 'adm',
      home: '/var/lib/etcd',
      shell: '/usr/sbin/nologin',
      system: true,
    },
    sentence: 'add the user etcd',
    after(host) {
      expect(host.files.text('/etc/passwd')).toContain('etcd:x:900:4::/var/lib/etcd:/usr/sbin/nologin');
      expect(host.files.status('/var/lib/etcd')).toMatchObject({ kind: 'directory', owner: 'etcd' });
    },
  },
  {
    title: 'adds a user whose home is where the system puts it',
    args: { name: 'someone' },
    sentence: 'add the user someone',
    after: (host) => expect(host.files.status('/home/someone')).toMatchObject({ kind: 'directory' }),
  },
  {
    title: 'adds a user without a home',
    args: { name: 'someone', create_home: false },
    sentence: 'add the user someone',
    after: (host) => expect(host.files.status('/home/someone')).toBeUndefined(),
  },
  {
    title: 'makes a home that is missing',
    args: { name: 'daemon' },
    sentence: 'change home folder of user daemon',
    after: (host) => expect(host.files.status('/usr/sbin')).toMatchObject({ kind: 'directory' }),
  },
  {
    title: 'gives an account another group',
    args: { name: 'daemon', group: 'adm', create_home: false },
    sentence: 'change group of user daemon',
    after: (host) => expect(host.files.text('/etc/passwd')).toContain('daemon:x:1:4:'),
  },
  {
    title: 'gives an account another home',
    args: { name: 'daemon', home: '/srv/daemon', create_home: false },
    sentence: 'change home of user daemon',
    after: (host) => expect(host.files.text('/etc/passwd')).toContain(':/srv/daemon:'),
  },
  {
    title: 'changes what differs',
    args: { name: 'daemon', shell: '/bin/false', create_home: false },
    sentence: 'change shell of user daemon',
    after: (host) =>
      expect(host.files.text('/etc/passwd')).toContain('daemon:x:1:1:daemon:/usr/sbin:/bin/false'),
  },
  {
    title: 'removes a user',
    args: { name: 'daemon', state: 'absent' },
    sentence: 'remove the user daemon',
    after: (host) => expect(host.files.text('/etc/passwd')).not.toContain('daemon'),
  },
]);

describeModule('mount', [
  {
    title: 'mounts, now and at boot',
    args: { path: '/data', src: 'LABEL=data', fstype: 'ext4', opts: 'noatime', state: 'mounted' },
    sentence: 'mount LABEL=data on /data',
    after(host) {
      expect(host.machine.mounts.has('/data')).toBe(true);
      expect(host.files.text('/etc/fstab')).toBe(
        '# static file system information\nLABEL=data /data ext4 noatime 0 0\n',
      );
    },
  },
  {
    title: 'changes options that are declared by now, in the table and of what is mounted',
    args: { path: '/data', src: 'LABEL=data', fstype: 'ext4', opts: 'noatime,ro', state: 'mounted' },
    prepare(host) {
      host.machine.mounts.add('/data');
      host.files.edit('/proc/mounts', 'LABEL=data /data ext4 rw,relatime 0 0\n');
      host.files.edit('/etc/fstab', 'LABEL=data /data ext4 defaults 0 0\n');
    },
    sentence: 'mount LABEL=data on /data with noatime,ro',
    after(host) {
      expect(host.files.text('/proc/mounts')).toBe('LABEL=data /data ext4 ro,noatime 0 0\n');
      expect(host.files.text('/etc/fstab')).toBe('LABEL=data /data ext4 noatime,ro 0 0\n');
    },
  },
  {
    title: 'takes back by hand what was mounted read-only by hand',
    args: { path: '/data', src: 'LABEL=data', fstype: 'ext4', state: 'mounted' },
    prepare(host) {
      host.machine.mounts.add('/data');
      host.files.edit('/proc/mounts', 'LABEL=data /data ext4 ro,relatime 0 0\n');
      host.files.edit('/etc/fstab', 'LABEL=data /data ext4 defaults 0 0\n');
    },
    sentence: 'mount LABEL=data on /data with defaults',
    after: (host) => expect(host.files.text('/proc/mounts')).toBe('LABEL=data /data ext4 rw,relatime 0 0\n'),
  },
  {
    title: 'puts the declared device where another one is',
    args: { path: '/data', src: 'LABEL=data', fstype: 'ext4', state: 'mounted' },
    prepare(host) {
      host.machine.mounts.add('/data');
      host.files.edit('/proc/mounts', '/dev/sdc /data ext4 rw,relatime 0 0\n');
      host.files.edit('/etc/fstab', 'LABEL=data /data ext4 defaults 0 0\n');
    },
    sentence: 'mount LABEL=data on /data in place of /dev/sdc',
    after: (host) => expect(host.files.text('/proc/mounts')).toBe('LABEL=data /data ext4 rw,relatime 0 0\n'),
  },
  {
    title: 'takes a mount away',
    args: { path: '/data', state: 'absent' },
    prepare(host) {
      host.machine.mounts.add('/data');
      host.files.edit('/proc/mounts', 'dev /data fs rw 0 0\n');
      host.files.edit('/etc/fstab', 'LABEL=data /data ext4 noatime 0 0\n');
    },
    sentence: 'unmount /data',
    after: (host) => expect([host.machine.mounts.size, host.files.text('/etc/fstab')]).toEqual([0, '']),
  },
]);

it('a setting that the kernel lacks is an error unless the task allows it', async () => {
  const { sysctl } = playbookModules;
  const context = { variables: {}, directory: '/nowhere', quiet: false };
  await expect(
    sysctl?.inspect({ name: 'net.absent', value: '1' }, new MemoryHost(), context),
  ).rejects.toThrow('no setting net.absent');
});

it('restarting is only for handlers', () => {
  const { systemd } = playbookModules;
  expect(systemd?.onlyInHandlers?.({ name: 'x', state: 'restarted' })).toContain('handler');
  expect(systemd?.onlyInHandlers?.({ name: 'x', state: 'started' })).toBeUndefined();
});
