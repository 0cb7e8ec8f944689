import type { Collector, Survey } from '../hosts/survey.ts';
import type { Judgement } from './check.ts';
import { none, unknown } from './judgements.ts';

interface Teller {
  /** The package of Debian and Ubuntu that brings the program. */
  readonly package: string;
  /** How a person asks it. */
  readonly ask: string;
  /** Every bundle brings it for profiles that name it. */
  readonly inBundle?: true;
}

/** Programs that tell what no file does. */
const tellers = {
  df: { package: 'coreutils', ask: 'df -PkT /var/lib; df -i /var/lib' },
  dmidecode: { package: 'dmidecode', ask: 'dmidecode', inBundle: true },
  dpkg: { package: 'dpkg', ask: 'dpkg --audit' },
  findmnt: { package: 'util-linux', ask: 'findmnt -T /var/lib' },
  getent: { package: 'libc-bin', ask: 'getent ahostsv4 perimeter-probe.invalid' },
  ip: { package: 'iproute2', ask: 'ip -br addr' },
  'iptables-save': { package: 'iptables', ask: 'iptables-save | head' },
  lsblk: { package: 'util-linux', ask: 'lsblk -O' },
  modprobe: { package: 'kmod', ask: 'modprobe -n overlay' },
  perl: { package: 'perl-base', ask: 'perl -v' },
  smartctl: { package: 'smartmontools', ask: 'smartctl -x /dev/NAME', inBundle: true },
  systemctl: { package: 'systemd', ask: 'systemctl is-system-running; systemctl list-jobs' },
  timedatectl: { package: 'systemd', ask: 'timedatectl show' },
} as const satisfies Readonly<Record<string, Teller>>;
type Program = keyof typeof tellers;

/** What tells a thing: a program of the host, or a file of its kernel. */
export type Source = Program | `/${string}`;

const sources: Readonly<Record<Collector, Source>> = {
  environment: 'systemctl',
  failedUnits: 'systemctl',
  // Read by the survey's own shell: unknown only when that broke off.
  files: '/',
  locks: '/proc/locks',
  modules: 'modprobe',
  mounts: '/proc/mounts',
  packages: 'dpkg',
  ports: '/proc/net/tcp',
  routes: '/proc/net/route',
  swaps: '/proc/swaps',
  units: 'systemctl',
  vulnerabilities: '/sys/devices/system/cpu/vulnerabilities',
};

/** Programs that are always there: the survey does not look for them. */
const ownPrograms: ReadonlySet<Source> = new Set(['df', 'dpkg', 'modprobe']);

/** Unknown, with the reason as far as it can be known, and what makes the machine tell. */
export function untold(survey: Survey, source: Source): Judgement {
  if (!survey.asked('files'))
    return unknown('the survey of the host broke off', {
      remedy: 'Look again; when it stays so, see what hangs there: ps -eo etime,args --sort -etime | head',
    });
  if (isFile(source)) return untoldByKernel(survey, source);
  const teller: Teller = tellers[source];
  const isThere = ownPrograms.has(source) ? !survey.has('lacks', source) : survey.has('has', source);
  if (isThere)
    return unknown(`${source} does not tell it, or did not answer in time`, {
      remedy: `Ask it on the host: ${teller.ask}`,
    });
  const byProfile = teller.inBundle ? ` (or by the profile: packages: [${teller.package}])` : '';
  return unknown(`${source} is not installed`, { remedy: `apt-get install ${teller.package}${byProfile}` });
}

/** What a collector lists and should not be there. That it lists nothing is only good when it could look. */
export function noneListed(
  survey: Survey,
  collector: Collector,
  found: readonly string[],
  worst: 'warn' | 'fail',
  more: Pick<Judgement, 'wanted' | 'remedy'> = {},
): Judgement {
  if (found.length === 0 && !survey.asked(collector)) return unasked(survey, collector);
  return none(found, worst, more);
}

/** Unknown, because a list could not be read. */
export function unasked(survey: Survey, collector: Collector): Judgement {
  return untold(survey, sources[collector]);
}

function untoldByKernel({ container, virtual }: Survey, path: string): Judgement {
  if (container !== undefined)
    return unknown(`a container (${container}) does not see ${path} of its machine`, {
      remedy: `Look on the machine that it runs on: ls -l ${path}`,
    });
  if (virtual !== undefined)
    return unknown(`a virtual machine (${virtual}) without ${path}`, {
      remedy: `Ask whoever runs the virtual machines; what is there: ls -l ${path}`,
    });
  return unknown(`the kernel does not tell: ${path}`, {
    remedy: `See whether a driver is missing: ls -l ${path}; dmesg | tail -n 50`,
  });
}

function isFile(source: Source): source is `/${string}` {
  return source.startsWith('/');
}
