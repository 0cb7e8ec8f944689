import type { HostView } from '../hosts/host.ts';
import { parseAddress } from '../site/networks.ts';
import type { SiteNode } from '../site/site.ts';
import { askedOf, askScript } from './ask-script.ts';
import type { BmcAnswer } from './check.ts';

/** Log-ins, the web pages, and IPMI; the question is the one by which managing programs look for such controllers. */
const presenceQuestion = '0600ff06000011be80000000';
const doors = [
  { port: 'TCP 22', words: (address: string) => `tcp/${address}/22` },
  { port: 'TCP 80', words: (address: string) => `tcp/${address}/80` },
  { port: 'TCP 443', words: (address: string) => `tcp/${address}/443` },
  { port: 'TCP 623', words: (address: string) => `tcp/${address}/623` },
  { port: 'UDP 623', words: (address: string) => `udp/${address}/623/${presenceQuestion}` },
];

/** The address of a node's management controller; undefined when none is named, or only by a name. */
export function bmcAddress({ hardware }: SiteNode): string | undefined {
  const [, host = ''] = /^[a-z+]+:\/\/([^/:]+)/.exec(hardware?.bmc?.address ?? '') ?? [];
  return parseAddress(host) === undefined ? undefined : host;
}

/** Asks the management controller of a node from that node itself. Undefined where there is no address, or nothing to ask with. */
export async function readBmc(host: HostView, node: SiteNode): Promise<readonly BmcAnswer[] | undefined> {
  const address = bmcAddress(node);
  if (address === undefined) return undefined;
  const questions = doors.map(({ words }) => words(address));
  const { stdout } = await host.query(['sh', '-c', askScript, 'probe-bmc', ...questions], {
    timeoutMs: 30_000,
  });
  if (stdout.startsWith('lacks')) return undefined;
  return askedOf(stdout, doors).map(([{ port }, { word }]) => ({ port, word }));
}
