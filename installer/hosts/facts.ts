import type { HostView } from './host.ts';

/** The first look at a host: read in one round trip, before anything of ours runs there. */
export interface HostFacts {
  readonly hostname: string;
  /** ID and VERSION_ID of /etc/os-release, for example `debian` and `12`. */
  readonly osId: string;
  readonly osVersion: string;
  readonly kernel: string;
  readonly architecture: string;
  readonly cores: number;
  readonly memoryMib: number;
  /** Free on the file system of /var/lib. */
  readonly diskFreeMib: number;
  readonly cgroupVersion: 1 | 2;
  /** True when the kernel loads modules: /lib/modules has its folder. */
  readonly kernelHasModules: boolean;
  /** True when the host's processes may lower oom_score_adj, which containers of the host's own rank need. */
  readonly mayLowerOomScore: boolean;
  /** The host's clock minus this machine's, in milliseconds, correct to half the round trip. */
  readonly clockSkewMs: number;
  readonly bootId: string;
  readonly swapMib: number;
  /** IPv4 routes as `ip route` prints them. */
  readonly routes: readonly string[];
  /** TCP ports that something listens on, with any address. */
  readonly listeningPorts: readonly number[];
  /** Content of /var/lib/perimeter/site.json; empty when the host belongs to no site yet. */
  readonly siteMarker: string;
  /** Which of the paths that only Kubernetes makes are there. */
  readonly kubernetesPaths: readonly string[];
}

export const siteMarkerPath = '/var/lib/perimeter/site.json';
const kubernetesPaths = [
  '/etc/kubernetes/kubelet.conf',
  '/etc/kubernetes/manifests/kube-apiserver.yaml',
  '/var/lib/etcd/member',
  '/var/lib/kubelet/config.yaml',
];

/** Prints one `key=value` per line; a value that spans lines is sent as base64. Needs sh, coreutils and iproute2 only. */
const factsScript = `
. /etc/os-release
echo "osId=$ID"
echo "osVersion=$VERSION_ID"
echo "hostname=$(hostname)"
echo "kernel=$(uname -r)"
echo "architecture=$(uname -m)"
echo "cores=$(nproc)"
echo "memoryKib=$(sed -n 's/^MemTotal: *\\([0-9]*\\).*/\\1/p' /proc/meminfo)"
echo "swapKib=$(sed -n 's/^SwapTotal: *\\([0-9]*\\).*/\\1/p' /proc/meminfo)"
echo "diskFreeKib=$(df -Pk /var/lib | sed -n '2s/  */ /gp' | cut -d' ' -f4)"
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then echo cgroupVersion=2; else echo cgroupVersion=1; fi
if [ -d "/lib/modules/$(uname -r)" ]; then echo modules=yes; else echo modules=no; fi
if sh -c 'echo -999 > /proc/$$/oom_score_adj' 2>/dev/null; then echo oom=yes; else echo oom=no; fi
echo "bootId=$(cat /proc/sys/kernel/random/boot_id)"
echo "routes=$(ip -4 route | base64 -w0)"
echo "ports=$(sed 1d /proc/net/tcp /proc/net/tcp6 2>/dev/null | sed -n 's/^ *[0-9]*: [0-9A-F]*:\\([0-9A-F]\\{4\\}\\) [0-9A-F]*:0000 0A .*/\\1/p' | sort -u | tr '\\n' ' ')"
echo "marker=$(base64 -w0 ${siteMarkerPath} 2>/dev/null)"
for path in ${kubernetesPaths.join(' ')}; do [ -e "$path" ] && echo "found=$path"; done
echo "nowMs=$(date +%s%3N)"
`;

/** Reads the facts of a host with plain SSH. Raises what the transport raises when the host cannot be reached. */
export async function readHostFacts(host: HostView): Promise<HostFacts> {
  const sentAt = Date.now();
  const { stdout } = await host.query(['sh', '-c', factsScript], { okExitCodes: 'any', timeoutMs: 20_000 });
  return parseHostFacts(stdout, (sentAt + Date.now()) / 2);
}

/** `nowMs` is this machine's clock at the middle of the round trip. */
export function parseHostFacts(output: string, nowMs: number): HostFacts {
  const pairs = output
    .split('\n')
    .filter((line) => line.includes('='))
    .map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
  const values = new Map(pairs);
  const text = (key: string): string => values.get(key) ?? '';
  const number = (key: string): number => Number(values.get(key) ?? Number.NaN);
  const decoded = (key: string): string => Buffer.from(text(key), 'base64').toString('utf8');
  return {
    hostname: text('hostname'),
    osId: text('osId'),
    osVersion: text('osVersion'),
    kernel: text('kernel'),
    architecture: text('architecture'),
    cores: number('cores'),
    memoryMib: Math.floor(number('memoryKib') / 1024),
    diskFreeMib: Math.floor(number('diskFreeKib') / 1024),
    cgroupVersion: text('cgroupVersion') === '2' ? 2 : 1,
    kernelHasModules: text('modules') === 'yes',
    mayLowerOomScore: text('oom') === 'yes',
    clockSkewMs: Math.round(number('nowMs') - nowMs),
    bootId: text('bootId'),
    swapMib: Math.floor(number('swapKib') / 1024),
    routes: decoded('routes')
      .split('\n')
      .filter((line) => line !== ''),
    listeningPorts: text('ports')
      .trim()
      .split(' ')
      .filter((port) => port !== '')
      .map((port) => Number.parseInt(port, 16)),
    siteMarker: decoded('marker'),
    kubernetesPaths: pairs.filter(([key]) => key === 'found').map(([, value]) => value),
  };
}
