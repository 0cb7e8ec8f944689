/** What one lab host is told about itself. */
export interface HostSpec {
  readonly name: string;
  readonly address: string;
  readonly prefixLength: number;
  readonly machineId: string;
  /** Public key that may log in as root. */
  readonly authorizedKey: string;
  readonly cgroupKind: 'v1' | 'v2';
}

export interface HostFile {
  /** Relative to the host's root. */
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

/** Units that make no sense for a host that lives minutes, or that would touch the machine below it. */
export const maskedUnits = [
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'console-getty.service',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'e2scrub_reap.service',
  'systemd-timesyncd.service',
] as const;

/** Kernel settings that a distribution sets at boot; in a lab host they would be set on the machine. */
export const maskedSettings = ['50-default.conf', '50-pid-max.conf', '99-protect-links.conf'] as const;

/** All files a host has on top of the base. Nothing here is what the product must bring by itself. */
export function hostFiles(spec: HostSpec): HostFile[] {
  return [
    { path: 'etc/hostname', content: `${spec.name}\n`, mode: 0o644 },
    { path: 'etc/hosts', content: hostsFile(spec.name), mode: 0o644 },
    { path: 'etc/machine-id', content: `${spec.machineId}\n`, mode: 0o444 },
    { path: 'root/.ssh/authorized_keys', content: `${spec.authorizedKey.trim()}\n`, mode: 0o600 },
    { path: 'etc/ssh/sshd_config.d/lab.conf', content: sshdConfig, mode: 0o644 },
    // The machine's kernel messages are not this host's.
    { path: 'etc/systemd/journald.conf.d/lab.conf', content: '[Journal]\nReadKMsg=no\n', mode: 0o644 },
    { path: `etc/systemd/system/${hostUnitName}`, content: hostUnit(spec), mode: 0o644 },
  ];
}

export const hostUnitName = 'lab-host.service';

const sshdConfig = 'HostKey /etc/ssh/ssh_host_ed25519_key\nUseDNS no\n';

/** As Debian's own installer writes it. */
function hostsFile(name: string): string {
  return `127.0.0.1\tlocalhost\n127.0.1.1\t${name}\n::1\tlocalhost ip6-localhost ip6-loopback\n`;
}

/** Address without a default route, and what a container lacks compared with a real host: shared mounts, writable cgroups. */
function hostUnit(spec: HostSpec): string {
  const writableCgroups =
    spec.cgroupKind === 'v1'
      ? [
          `ExecStart=/bin/sh -c 'for folder in /sys/fs/cgroup/*/; do mount -o remount,bind,rw "$$folder" || exit 1; done'`,
        ]
      : [];
  return [
    '[Unit]',
    'Description=Network address and writable cgroups of a lab host',
    'DefaultDependencies=no',
    'Before=sysinit.target network-pre.target network.target',
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    ...writableCgroups,
    'ExecStart=/bin/mount --make-rshared /',
    `ExecStart=/sbin/ip address replace ${spec.address}/${spec.prefixLength} dev host0`,
    'ExecStart=/sbin/ip link set host0 up',
    '',
    '[Install]',
    'WantedBy=sysinit.target',
    '',
  ].join('\n');
}
