import { jsonOf } from '../base/json.ts';
import type { HostView } from '../hosts/host.ts';
import type { Site, SiteNode } from '../site/site.ts';
import type { PeerReading, PeersReading, WritesReading } from './check.ts';
import { neededPorts } from './ports.ts';
import { probePeersScript } from './probe-peers-script.ts';
import { probeWritesScript } from './probe-writes-script.ts';

/** Up to so many nodes, each asks each; above, each asks the control planes and its next neighbour. */
const fullMatrix = 16;

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
    tries: Number(of('lost')[0]?.[1] ?? 0),
    silentPorts: of('port').flatMap(([port, word]) => (word === 'silent' ? [Number(port)] : [])),
    whole: whole === 'arrived' || whole === 'lost' || whole === 'toolong' ? whole : 'silent',
    wholeBytes: Number(bytes ?? 0),
  };
}

/** How long a small write takes to be safe in a folder, or the nearest above it. Undefined where it could not be measured. */
export async function readWrites(
  host: HostView,
  place: string,
  seconds: number,
): Promise<WritesReading | undefined> {
  const { stdout } = await host.query(
    ['sh', '-c', probeWritesScript, 'probe-writes', place, String(seconds)],
    {
      timeoutMs: 120_000,
      okExitCodes: 'any',
    },
  );
  const lines = stdout.split('\n').map((line) => line.split(' '));
  const [, written = place] = lines.find(([first]) => first === 'place') ?? [];
  const [by = '', first = '', count = ''] = lines.find(([name]) => name === 'fio' || name === 'perl') ?? [];
  if (by === 'fio') return readFio(written, first);
  return by === 'perl' ? { by, place: written, p99Ms: Number(first) / 1e6, count: Number(count) } : undefined;
}

/** What fio says of the flushes that followed its writes. */
function readFio(place: string, base64: string): WritesReading | undefined {
  // Programs of a host may say anything.
  const { jobs } = Object(jsonOf(Buffer.from(base64, 'base64').toString('utf8'))) as {
    readonly jobs?: readonly FioJob[];
  };
  const sync = jobs?.[0]?.sync;
  const [p99, count] = [sync?.lat_ns?.percentile?.['99.000000'], sync?.total_ios];
  return p99 === undefined || count === undefined ? undefined : { by: 'fio', place, p99Ms: p99 / 1e6, count };
}

interface FioJob {
  readonly sync?: {
    readonly total_ios?: number;
    readonly lat_ns?: { readonly percentile?: Readonly<Record<string, number>> };
  };
}
