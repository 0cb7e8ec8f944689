import { nodeLink } from '../../hardware/links.ts';
import type { NodeSubject, PeerReading, PlacedJudgement, SiteCheck } from '../check.ts';
import { fail, none, pass, unknown, warn } from '../judgements.ts';
import { untold } from '../untold.ts';

const limits = { controlPlaneMs: 100, workerMs: 1_000, advisedMs: 10, workerLossPercent: 10 };

/** What the nodes find when they ask one another. */
export const betweenNodesChecks: readonly SiteCheck[] = [
  {
    id: 'X-09',
    scope: 'cross-node',
    title: 'time between nodes',
    why: 'etcd waits for its members at every change.',
    wanted: 'control planes: at most 100 ms, better 10 ms; workers: at most 1 s',
    remedy: 'Put control planes into one building, on one switch; look: ping NODE',
    judge: (subject) =>
      perPair(subject.nodes, ({ timeMs }, from, to) => {
        if (timeMs === undefined) return silent(to);
        const both = isControlPlane(from) && isControlPlane(to, subject.nodes);
        const limit = both ? limits.controlPlaneMs : limits.workerMs;
        const words = `${timeMs.toFixed(timeMs < 10 ? 2 : 0)} ms to ${to}`;
        if (timeMs > limit) return fail(words);
        return both && timeMs > limits.advisedMs ? warn(words) : pass(words);
      }),
  },
  {
    id: 'X-10',
    scope: 'cross-node',
    title: 'packets that get lost between nodes',
    why: 'Each lost packet costs a pause of 200 ms and more.',
    wanted: `none of ten between control planes, at most ${limits.workerLossPercent} % elsewhere`,
    remedy: 'Check cables and switch ports; look: ip -s link',
    judge: ({ nodes }) =>
      perPair(nodes, ({ lost, tries, timeMs }, from, to) => {
        if (timeMs === undefined) return silent(to);
        if (lost === 0) return pass('none');
        const words = `${lost} of ${tries} to ${to}`;
        const both = isControlPlane(from) && isControlPlane(to, nodes);
        return both || lost * 100 > limits.workerLossPercent * tries ? fail(words) : warn(words);
      }),
  },
  {
    id: 'X-11',
    scope: 'cross-node',
    title: 'packet size from end to end',
    why: 'A switch that swallows large packets shows as connections that open and then hang.',
    wanted: 'the largest packet of the link arrives whole',
    remedy: 'Set the same packet size on all switches and nodes; look: ping -M do -s 1472 NODE',
    required: true,
    judge: ({ nodes }) =>
      perPair(nodes, ({ whole, wholeBytes }, from, to) => {
        if (whole === 'silent')
          return unknown(`${to} answers not even a small datagram`, {
            remedy: `A firewall may drop it; look on the node: ping -M do -s ${wholeBytes - 28} ${to}`,
          });
        const words = `${wholeBytes} bytes do not arrive at ${to}`;
        return whole === 'arrived' ? pass(`${wholeBytes} bytes`) : found(from, words);
      }),
  },
  {
    id: 'X-12',
    scope: 'cross-node',
    title: 'ports between nodes',
    why: 'A firewall between nodes that swallows packets lets the installation hang in the middle.',
    wanted: 'every port of the platform is answered, if only by a refusal',
    remedy: 'Open the named ports between all nodes.',
    required: true,
    judge: ({ nodes }) =>
      perPair(nodes, ({ silentPorts, timeMs }, from, to) => {
        if (silentPorts.length === 0) return pass('answered');
        // Nothing at all comes back: the other host is gone, which other checks say.
        return timeMs === undefined
          ? silent(to)
          : found(from, `no answer from ${to} on ${silentPorts.join(', ')}`);
      }),
  },
  {
    id: 'X-13',
    scope: 'cross-node',
    title: 'one owner of each address',
    why: 'Two machines with one address are reached in turns.',
    wanted: 'all nodes know the same hardware address for it',
    remedy: 'Find the other machine by its hardware address in the switch.',
    judge({ nodes }) {
      const own = new Map(
        nodes.map(({ node, survey }) => [node.address, nodeLink(survey, node.address)?.mac]),
      );
      return nodes.flatMap(({ node, peers }): PlacedJudgement[] => {
        if (peers === undefined) return [];
        if (peers.neighbours.size === 0)
          return [
            {
              node: node.name,
              ...unknown('the host has seen no neighbour', { remedy: 'Look on the host: ip neigh' }),
            },
          ];
        const wrong = [...peers.neighbours].filter(([address, mac]) => {
          const known = own.get(address);
          return known !== undefined && known.toLowerCase() !== mac.toLowerCase();
        });
        return [
          {
            node: node.name,
            ...none(
              wrong.map(([address, mac]) => `${address} is at ${mac}`),
              'fail',
            ),
          },
        ];
      });
    },
  },
];

/** One judgement for each node: the worst of its pairs. */
function perPair(
  nodes: readonly NodeSubject[],
  judge: (peer: PeerReading, from: NodeSubject, to: string) => PlacedJudgement,
): readonly PlacedJudgement[] {
  return nodes.flatMap((from) => {
    const judged = (from.peers?.peers ?? []).map((peer) => judge(peer, from, peer.node));
    const worst = (['fail', 'warn', 'unknown', 'pass'] as const)
      .map((status) => judged.filter((one) => one.status === status))
      .find((of) => of.length > 0);
    const [first] = worst ?? [];
    if (first === undefined)
      return nodes.length < 2 ? [] : [{ node: from.node.name, ...untold(from.survey, 'perl') }];
    const observed = [...new Set(worst?.map((one) => one.observed))].join('; ');
    return [{ ...first, node: from.node.name, observed }];
  });
}

function silent(to: string): PlacedJudgement {
  return unknown(`${to} does not answer this node at all`, { remedy: `Look on the node: ping -c 3 ${to}` });
}

/** Between bare hosts it is the network. On a node of this site it may be our own packet filter or a program that is busy. */
function found(from: NodeSubject, words: string): PlacedJudgement {
  return from.ours ? warn(words) : fail(words);
}

function isControlPlane(which: NodeSubject | string, nodes: readonly NodeSubject[] = []): boolean {
  const subject = typeof which === 'string' ? nodes.find(({ node }) => node.name === which) : which;
  return subject?.node.roles.includes('control-plane') ?? false;
}
