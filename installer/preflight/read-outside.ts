import type { HostView } from '../hosts/host.ts';
import type { Survey } from '../hosts/survey.ts';
import { contains } from '../site/networks.ts';
import type { Site } from '../site/site.ts';
import { type Asked, askedOf } from './ask-script.ts';
import type { OutsideAnswer, OutsideWay } from './check.ts';
import { isAlmostDefault } from './default-routes.ts';
import { documentationAddress6 } from './documentation-addresses.ts';
import { probeOutsideScript } from './probe-outside-script.ts';

/** Of the web and of names: what is most often let through. */
const tcpPorts = [443, 80, 53];
const dnsQuestion = Buffer.concat([
  // One question, recursion wanted: perimeter-probe.invalid, an address of the Internet.
  Buffer.from([0x12, 0x67, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
  ...['perimeter-probe', 'invalid', ''].map((label) =>
    Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]),
  ),
  Buffer.from([0, 1, 0, 1]),
]).toString('hex');
/** A client's question, version 3. */
const timeQuestion = `1b${'00'.repeat(47)}`;

interface Question {
  readonly way: OutsideWay;
  readonly address: string;
  /** As the ask script takes it. */
  readonly words: string;
}

/**
 * Tries the ways out that must not exist. An address that the host has a route of its own for is inside, so it is not asked, and the
 * answer says so: a network may use addresses for itself that others set aside for documentation.
 */
export async function readOutside(
  host: HostView,
  site: Site,
  survey: Survey,
): Promise<readonly OutsideAnswer[]> {
  const named = site.network.outsideProbes;
  const isRouted = (address: string): boolean =>
    survey.facts.routes.some((route) => !isAlmostDefault(route) && contains(route, address));
  const addresses = [...named.filter((address) => !isRouted(address)), documentationAddress6];
  const questions = [
    ...addresses.flatMap(questionsTo),
    ...survey.values('nameserver').map((address) => dnsQuestionTo(address)),
  ];
  const argv = [addresses.join(','), ...questions.map(({ words }) => words)];
  const { stdout } = await host.query(['sh', '-c', probeOutsideScript, 'probe-outside', ...argv], {
    timeoutMs: 60_000,
  });
  return [
    ...named.filter(isRouted).map((address): OutsideAnswer => ({ way: 'routed', address, word: 'inside' })),
    ...askedOf(stdout, questions).map(answerOf),
    ...stdout.split('\n').flatMap(plainAnswer),
  ];
}

function questionsTo(address: string): readonly Question[] {
  return [
    ...tcpPorts.map((port): Question => ({ way: 'tcp', address, words: `tcp/${address}/${port}` })),
    { way: 'time', address, words: `udp/${address}/123/${timeQuestion}` },
    dnsQuestionTo(address),
  ];
}

function dnsQuestionTo(address: string): Question {
  return { way: 'dns', address, words: `udp/${address}/53/${dnsQuestion}` };
}

function answerOf([{ way, address }, { word, reply }]: readonly [Question, Asked]): OutsideAnswer {
  return { way, address, word: way === 'dns' && reply !== undefined ? dnsWord(reply) : word };
}

/** That nobody has the name, a server may know by itself; the root of the Internet in its answer it can only have from there. */
function dnsWord(reply: Buffer): 'resolved' | 'rooted' | 'answered' {
  const [code, answers] = reply.length < 12 ? [15, 0] : [reply.readUInt8(3) & 15, reply.readUInt16BE(6)];
  if (code === 0 && answers > 0) return 'resolved';
  return reply.includes('\x0croot-servers\x03net') ? 'rooted' : 'answered';
}

function plainAnswer(line: string): OutsideAnswer[] {
  const [way, address = '', word = '', by] = line.split(' ');
  if (way === 'name') return [{ way, address: '', word: address }];
  if (way === 'proxy') return [{ way, address, word }];
  if (way !== 'router') return [];
  return [by === undefined ? { way, address: '', word: address } : { way, address, word, by }];
}
