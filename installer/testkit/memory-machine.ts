import { MemoryFiles } from './memory-files.ts';

export interface MemoryUnit {
  active: boolean;
  enabled: boolean;
  masked: boolean;
  /** How often it was started or restarted. */
  starts: number;
  /** Stamp of the unit file when systemd last read it. */
  readStamp: string | undefined;
}

/** The state of a host in memory. What a real host keeps in files is kept in files here too. */
export class MemoryMachine {
  readonly files = new MemoryFiles();
  /** Name to version; all of them installed. */
  readonly packages = new Map<string, string>();
  readonly units = new Map<string, MemoryUnit>();
  readonly mounts = new Set<string>();
  /** What the host's first look prints, one `key value` line each; see hosts/facts-script.ts. */
  facts: Readonly<Record<string, string | readonly string[]>> = {
    'os.id': 'debian',
    'os.version': '12',
    'os.name': 'Debian GNU/Linux 12 (bookworm)',
    kernel: '6.1.0',
    architecture: 'x86_64',
    hostname: 'n1',
    cores: '4',
    memoryKib: String(16 * 1024 * 1024),
    diskFreeKib: String(200 * 1024 * 1024),
    cgroup: '2',
    uptime: '100.0',
    bootId: '5f3c9b1e-0000-4000-8000-000000000000',
    modules: 'yes',
    bridge: 'yes',
    oom: 'yes',
  };

  /** What the long look prints on top; see hosts/survey-script.ts. */
  survey: Readonly<Record<string, string | readonly string[]>> = usualSurvey;

  constructor() {
    this.files.edit('/etc/hosts', '127.0.0.1\tlocalhost\n');
    this.files.edit(
      '/etc/passwd',
      'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n',
    );
    this.files.edit('/etc/group', 'root:x:0:\nadm:x:4:\n');
    this.files.edit('/etc/fstab', '# static file system information\n');
    this.files.edit('/proc/mounts', '');
    for (const [name, value] of Object.entries(usualSettings)) {
      this.files.edit(`/proc/sys/${name.replaceAll('.', '/')}`, `${value}\n`);
    }
  }

  unit(name: string): MemoryUnit {
    let unit = this.units.get(name);
    if (unit === undefined) {
      unit = { active: false, enabled: false, masked: false, starts: 0, readStamp: undefined };
      this.units.set(name, unit);
    }
    return unit;
  }

  /** Stamp of a unit's file; undefined when there is none. */
  unitFileStamp(name: string): string | undefined {
    const places = ['/etc/systemd/system', '/lib/systemd/system'].map((folder) => `${folder}/${name}`);
    return places.map((path) => this.files.status(path)?.stamp).find((stamp) => stamp !== undefined);
  }

  /** Changes with everything that a command could have changed. */
  fingerprint(): string {
    return JSON.stringify([this.files.version, ...this.#states()]);
  }

  /** Everything that can be seen from outside: equal for two machines in the same state, however they came there. */
  snapshot(): unknown {
    const units = [...this.units].map(([name, { active, enabled, masked }]) => [
      name,
      { active, enabled, masked },
    ]);
    return {
      files: this.files.snapshot(),
      packages: sorted(this.packages),
      units: Object.fromEntries(units),
      mounts: [...this.mounts],
    };
  }

  #states(): unknown[] {
    return [[...this.packages], [...this.units], [...this.mounts]];
  }
}

const usualSettings = {
  'net.ipv4.ip_forward': '0',
  'net.bridge.bridge-nf-call-iptables': '0',
  'fs.inotify.max_user_instances': '128',
  'fs.inotify.max_user_watches': '65536',
};

const usualSurvey = {
  '@': 'memory',
  asked: [
    'environment',
    'failedUnits',
    'files',
    'locks',
    'modules',
    'mounts',
    'packages',
    'ports',
    'routes',
    'swaps',
    'units',
    'vulnerabilities',
  ],
  has: ['bash', 'findmnt', 'getent', 'ip', 'lsblk', 'perl', 'systemctl', 'timedatectl'],
  init: 'systemd',
  machineId: '0123456789abcdef0123456789abcdef',
  cpuFlags: 'cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3 avx avx2 bmi1 bmi2 f16c fma abm movbe xsave aes',
  memoryAvailableKib: String(15 * 1024 * 1024),
  namespace: ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'],
  controller: ['cpu', 'cpuset', 'memory', 'pids'],
  filesystem: ['overlay', 'ext4'],
  module: ['nf_tables', 'ip_set', 'nf_conntrack', 'br_netfilter'],
  mount: ['/ ext4 rw,relatime', '/run tmpfs rw,nosuid,noexec'],
  data: 'ext4 419430400 209715200',
  inodes: '26214400 26000000',
  inotifyInstances: '128',
  inotifyWatches: '65536',
  fileMax: '9223372036854775807',
  openFiles: '1048576',
  pidMax: '4194304',
  load: '0.10 0.10 0.10 1/100 1',
  localhost: 'yes',
} as const;

function sorted(map: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
