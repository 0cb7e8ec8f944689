import type { HostFacts } from './facts.ts';

/** Reads what the facts script printed. `before` and `after` are this machine's clock around the question, in ms. */
export function parseFacts(output: string, before: number, after: number): HostFacts {
  const lines = output.split('\n').filter(Boolean).map(splitLine);
  const all = (key: string): string[] => lines.filter(([name]) => name === key).map(([, value]) => value);
  const one = (key: string): string => all(key)[0] ?? '';
  const traces = all('trace');
  const routes = all('route').map(parseRoute);
  const clocks = all('clock').map((nanoseconds) => Number(nanoseconds) / 1e6);
  const hostClock = ((clocks[0] ?? 0) + (clocks.at(-1) ?? 0)) / 2;
  return {
    os: { id: one('os.id'), version: one('os.version'), name: one('os.name') },
    kernel: one('kernel'),
    kernelArguments: one('cmdline').split(' ').filter(Boolean),
    setsClock: one('setsClock') === 'yes',
    grub: one('grub') === 'yes',
    architecture: one('architecture'),
    hostname: one('hostname'),
    cores: Number(one('cores')),
    memoryMib: Math.floor(Number(one('memoryKib')) / 1024),
    diskFreeMib: Math.floor(Number(one('diskFreeKib')) / 1024),
    cgroupVersion: one('cgroup') === '2' ? 2 : 1,
    clockSkewMs: Math.round(hostClock - (before + after) / 2),
    clockErrorMs: after - before,
    uptimeSeconds: Math.floor(Number(one('uptime'))),
    bootId: one('bootId'),
    kernelModules: one('modules') === 'yes',
    bridgeNetfilter: one('bridge') === 'yes',
    canLowerOomScore: one('oom') === 'yes',
    hasAuditRules: one('auditRules') === 'yes',
    takesAuditRules: one('auditOpen') === 'yes',
    swap: all('swap'),
    listeningPorts: sortedPorts(all('listen')),
    hasDefaultRoute: routes.includes('0.0.0.0/0'),
    routes: [...new Set(routes)].filter((route) => route !== '0.0.0.0/0'),
    kubernetesTraces: traces,
    kubeletConfigured: traces.includes('/var/lib/kubelet/config.yaml'),
    siteMarker: siteOf(one('marker')),
  };
}

function splitLine(line: string): [string, string] {
  const space = line.indexOf(' ');
  return [line.slice(0, space), line.slice(space + 1)];
}

function sortedPorts(hexadecimal: readonly string[]): number[] {
  return [...new Set(hexadecimal.map((port) => Number.parseInt(port, 16)))].toSorted((a, b) => a - b);
}

/** `/proc/net/route` writes addresses as little-endian hexadecimal numbers. */
function parseRoute(value: string): string {
  const [destination = '', mask = ''] = value.split(' ');
  const bits = Number.parseInt(mask, 16).toString(2).replaceAll('0', '').length;
  const octets =
    destination
      .match(/../g)
      ?.map((pair) => Number.parseInt(pair, 16))
      .toReversed() ?? [];
  return `${octets.join('.')}/${bits}`;
}

function siteOf(base64: string): string | undefined {
  if (base64 === '') return undefined;
  try {
    const marker = JSON.parse(Buffer.from(base64, 'base64').toString('utf8')) as { readonly site?: unknown };
    return typeof marker.site === 'string' ? marker.site : 'unreadable';
  } catch {
    return 'unreadable';
  }
}
