import type { HostView } from '../hosts/host.ts';
import { contains } from '../site/networks.ts';
import type { Site, SiteNode } from '../site/site.ts';
import type { ClockReading, OutsideAnswer, PeerReading, PeersReading, WritesReading } from './check.ts';
import { neededPorts } from './ports.ts';
import { probeOutsideScript } from './probe-outside-script.ts';
import { probePeersScript } from './probe-peers-script.ts';
import { probeWritesScript } from './probe-writes-script.ts';

const clockTries = 3;
/** Up to so many nodes, each asks each; above, each asks the control planes and its next neighbour. */
const fullMatrix = 16;
/** Some networks use this documentation range for themselves, so it proves nothing. */
const ambiguousNetwork = '192.0.2.0/24';
const outsideAddresses = ['198.51.100.1', '203.0.113.1'];

/** The best of three: the shortest question has the smallest doubt. */
export async function readClock(host: HostView): Promise<ClockReading> {
  let best: ClockReading | undefined;
  for (let attempt = 0; attempt < clockTries; attempt += 1) {
    const before = Date.now();
    const { stdout } = await host.query(['sh', '-c', 'date +%s%N', 'tell-time'], { timeoutMs: 20_000 });
    const after = Date.now();
    const skewMs = Math.round(Number(stdout) / 1e6 - (before + after) / 2);
    const errorMs = Math.ceil((after - before) / 2) + 1;
    if (best === undefined || errorMs < best.errorMs) best = { skewMs, errorMs };
  }
  return best ?? { skewMs: 0, errorMs: Number.POSITIVE_INFINITY };
}

/** Asks the other nodes from this one. Undefined where the host has nothing to ask with. */
export async function readPeers(
  host: HostView,
  node: SiteNode,
  site: Site,
  mtu: number | undefined,
): Promise<PeersReading | undefined> {
  const peers = peersOf(node, site);
  if (peers.length === 0) return undefined;
  const argv = [String(mtu ?? 1500), neededPorts(site).join(','), ...peers.map(({ address }) => address)];
  const { stdout } = await host.query(['sh', '-c', probePeersScript, 'probe-peers', ...argv], {
    timeoutMs: 120_000,
  });
  const lines = stdout.split('\n').map((line) => line.split(' '));
  if (lines.some(([first]) => first === 'lacks')) return undefined;
  return {
    peers: peers.map((peer) => peerReading(peer, lines)),
    neighbours: new Map(
      lines.filter(([first]) => first === 'arp').map(([, address = '', mac = '']) => [address, mac]),
    ),
  };
}

function peersOf(node: SiteNode, { nodes }: Site): readonly SiteNode[] {
  const others = nodes.filter(({ name }) => name !== node.name);
  if (nodes.length <= fullMatrix) return others;
  const next = nodes[(nodes.findIndex(({ name }) => name === node.name) + 1) % nodes.length];
  return others.filter((other) => other === next || other.roles.includes('control-plane'));
}

function peerReading({ name, address }: SiteNode, lines: readonly (readonly string[])[]): PeerReading {
  const of = (key: string): string[][] =>
    lines
      .filter((words) => words[0] === 'peer' && words[1] === address && words[2] === key)
      .map((words) => words.slice(3));
  const micros = Number(of('time')[0]?.[0] ?? Number.NaN);
  const [whole = 'silent', bytes] = of('whole')[0] ?? [];
  return {
    node: name,
    address,
    timeMs: Number.isFinite(micros) ? micros / 1000 : undefined,
    lost: Number(of('lost')[0]?.[0] ?? 0),
    silentPorts: of('port').flatMap(([port, word]) => (word === 'silent' ? [Number(port)] : [])),
    whole: whole === 'arrived' || whole === 'lost' || whole === 'toolong' ? whole : 'silent',
    wholeBytes: Number(bytes ?? 0),
  };
}

/** Tries the ways out that must not exist. An address that the host has a route of its own for is not outside. */
export async function readOutside(
  host: HostView,
  site: Site,
  routes: readonly string[],
): Promise<readonly OutsideAnswer[]> {
  const named = site.network.outsideProbes.filter((address) => !contains(ambiguousNetwork, address));
  const addresses = (named.length > 0 ? named : outsideAddresses).filter(
    (address) => !routes.some((route) => contains(route, address)),
  );
  const { stdout } = await host.query(['sh', '-c', probeOutsideScript, 'probe-outside', ...addresses], {
    timeoutMs: 30_000,
  });
  return stdout.split('\n').flatMap((line): OutsideAnswer[] => {
    const words = line.split(' ');
    const [way, address = ''] = words;
    if (way === 'name') return [{ way, address: '', word: address }];
    return way === 'tcp' || way === 'dns' ? [{ way, address, word: words.at(-1) ?? '' }] : [];
  });
}

/** How long a small write takes to be safe. Undefined where it could not be measured. */
export async function readWrites(host: HostView): Promise<WritesReading | undefined> {
  const { stdout } = await host.query(['sh', '-c', probeWritesScript, 'probe-writes'], {
    timeoutMs: 120_000,
    okExitCodes: 'any',
  });
  const [, by = '', p99 = '', count = ''] = /^writes (\w+) (\d+) (\d+)$/m.exec(stdout) ?? [];
  return by === '' ? undefined : { by, p99Ms: Number(p99) / 1e6, count: Number(count) };
}
