import { linksOf, nodeLink } from '../../hardware/links.ts';
import { controlPlaneNodes } from '../../site/site.ts';
import type { NodeSubject, PeerReading, PlacedJudgement, SiteCheck } from '../check.ts';
import { fail, none, pass, unknown, warn } from '../judgements.ts';

const limits = { controlPlaneMs: 100, workerMs: 1_000, advisedMs: 10 };

/** What only shows when hosts are held against one another. */
export const crossNodeChecks: readonly SiteCheck[] = [
  unique(
    'X-01',
    'host names',
    'Two nodes of one name replace each other in the cluster.',
    'hostnamectl set-hostname NAME',
    ({ survey }) => survey.facts.hostname,
    true,
  ),
  unique(
    'X-02',
    'machine ids',
    'Machines that were copied from one image share addresses, logs and names.',
    'On each copy: rm -f /etc/machine-id && systemd-machine-id-setup, and reboot',
    ({ survey }) => survey.one('machineId'),
    true,
  ),
  unique(
    'X-03',
    'machines',
    'Two addresses of the inventory lead to the same running machine.',
    'Correct the addresses in inventory.yaml.',
    ({ survey }) => survey.facts.bootId || undefined,
    true,
  ),
  unique(
    'X-04',
    'serial numbers',
    'Firmware that was flashed from a copy; identity by serial number would fit two machines.',
    'Have the vendor enter the right ones; until then leave the serial number out of the inventory.',
    ({ survey }) => survey.one('system.serial'),
  ),
  unique(
    'X-05',
    'UUIDs',
    'Programs that bind to the UUID take two machines for one.',
    'Have the vendor enter the right ones; for virtual machines: give each copy a new one.',
    ({ survey }) => survey.one('system.uuid'),
  ),
  {
    id: 'X-06',
    scope: 'cross-node',
    title: 'hardware addresses are unique',
    why: "Two interfaces with one address take each other's packets.",
    wanted: 'each only once',
    remedy: 'Give copies of virtual machines new addresses; for real cards: ip link set DEVICE address ...',
    judge({ nodes }) {
      const owners = nodes.flatMap(({ node, survey }) =>
        linksOf(survey).flatMap(({ mac, name, physical }) =>
          mac !== undefined && (physical || name === nodeLink(survey, node.address)?.name)
            ? [{ value: mac, node: node.name }]
            : [],
        ),
      );
      return twice(owners);
    },
  },
  {
    id: 'X-07',
    scope: 'cross-node',
    title: 'same system on all nodes',
    why: 'A difference between nodes is a fault that shows on one of them only.',
    wanted: 'one operating system and version',
    remedy: 'Bring the nodes to the same version.',
    judge: ({ nodes }) => same(nodes, ({ survey: { facts } }) => `${facts.os.id} ${facts.os.version}`),
  },
  {
    id: 'X-08',
    scope: 'cross-node',
    title: 'same kernel on all nodes',
    why: 'A difference between nodes is a fault that shows on one of them only.',
    wanted: 'one kernel version',
    remedy: 'apt-get install the same linux-image on all nodes, and reboot',
    judge: ({ nodes }) => same(nodes, ({ survey }) => survey.facts.kernel),
  },
  {
    id: 'X-09',
    scope: 'cross-node',
    title: 'time between nodes',
    why: 'etcd waits for its members at every change.',
    wanted: 'control planes: at most 100 ms, better 10 ms; workers: at most 1 s',
    remedy: 'Put control planes into one building, on one switch; look: ping NODE',
    judge: (subject) =>
      perPair(subject.nodes, ({ timeMs }, from, to) => {
        if (timeMs === undefined) return unknown();
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
    wanted: 'none of five',
    remedy: 'Check cables and switch ports; look: ip -s link',
    judge: ({ nodes }) =>
      perPair(nodes, ({ lost, timeMs }, _from, to) => {
        if (timeMs === undefined) return unknown();
        return lost > 0 ? warn(`${lost} of 5 to ${to}`) : pass('none');
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
        if (whole === 'silent') return unknown();
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
          ? unknown()
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
  {
    id: 'X-14',
    scope: 'cross-node',
    title: 'same packet size on all nodes',
    why: 'The smaller side cuts or loses what the larger one sends.',
    wanted: 'one packet size',
    remedy: 'ip link set DEVICE mtu 1500 on all nodes, and in the network configuration',
    judge: ({ nodes }) =>
      same(nodes, ({ survey, node }) => {
        const mtu = nodeLink(survey, node.address)?.mtu;
        return mtu === undefined ? undefined : `${mtu} bytes`;
      }),
  },
  {
    id: 'X-15',
    scope: 'cross-node',
    title: 'control planes are alike',
    why: 'The slowest member sets the pace of etcd.',
    wanted: 'the same number of cores, and memory within a quarter',
    remedy: 'Give the control planes the same hardware.',
    judge({ nodes, site }) {
      const names = new Set(controlPlaneNodes(site).map(({ name }) => name));
      const planes = nodes.filter(({ node }) => names.has(node.name));
      const memory = planes.map(({ survey }) => survey.facts.memoryMib);
      const cores = new Set(planes.map(({ survey }) => survey.facts.cores));
      if (planes.length < 2) return [unknown('fewer than two')];
      const uneven = Math.min(...memory) < Math.max(...memory) * 0.75;
      const words = planes
        .map(({ node, survey }) => `${node.name}: ${survey.facts.cores} cores, ${survey.facts.memoryMib} MiB`)
        .join('; ');
      return [uneven || cores.size > 1 ? warn(words) : pass(words)];
    },
  },
];

function unique(
  id: string,
  title: string,
  why: string,
  remedy: string,
  valueOf: (subject: NodeSubject) => string | undefined,
  required = false,
): SiteCheck {
  return {
    id,
    scope: 'cross-node',
    title: `${title} are unique`,
    why,
    wanted: 'each only once',
    remedy,
    ...(required ? { required } : {}),
    judge: ({ nodes }) =>
      twice(
        nodes.flatMap((subject) => {
          const value = valueOf(subject);
          return value === undefined ? [] : [{ value, node: subject.node.name }];
        }),
      ),
  };
}

function twice(
  owners: readonly { readonly value: string; readonly node: string }[],
): readonly PlacedJudgement[] {
  if (owners.length === 0) return [unknown()];
  const shared = [...Map.groupBy(owners, ({ value }) => value)].filter(([, of]) => of.length > 1);
  if (shared.length === 0) return [pass(`${owners.length} looked at`)];
  return shared.map(([value, of]) => fail(`${of.map(({ node }) => node).join(' and ')} share ${value}`));
}

function same(
  nodes: readonly NodeSubject[],
  valueOf: (subject: NodeSubject) => string | undefined,
): readonly PlacedJudgement[] {
  const values = Map.groupBy(
    nodes.filter((subject) => valueOf(subject) !== undefined),
    valueOf,
  );
  if (values.size === 0) return [unknown()];
  const words = [...values].map(([value, of]) => `${value} on ${of.map(({ node }) => node.name).join(', ')}`);
  return [values.size === 1 ? pass([...values.keys()][0] ?? '') : warn(words.join('; '))];
}

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
      return nodes.length < 2 ? [] : [{ node: from.node.name, ...unknown('not tried') }];
    const observed = [...new Set(worst?.map((one) => one.observed))].join('; ');
    return [{ ...first, node: from.node.name, observed }];
  });
}

/** Between bare hosts it is the network. On a node of this site it may be our own packet filter or a program that is busy. */
function found(from: NodeSubject, words: string): PlacedJudgement {
  return from.ours ? warn(words) : fail(words);
}

function isControlPlane(which: NodeSubject | string, nodes: readonly NodeSubject[] = []): boolean {
  const subject = typeof which === 'string' ? nodes.find(({ node }) => node.name === which) : which;
  return subject?.node.roles.includes('control-plane') ?? false;
}
