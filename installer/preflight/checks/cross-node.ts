import { linksOf, nodeLink } from '../../hardware/links.ts';
import { controlPlaneNodes } from '../../site/site.ts';
import type { NodeSubject, PlacedJudgement, SiteCheck } from '../check.ts';
import { fail, pass, unknown, warn } from '../judgements.ts';

/** What no machine tells. */
const untoldByAll = unknown('no machine tells it', {
  remedy: 'See what keeps them from it, machine by machine: perimeter check SITE --all',
});

/** What only shows when hosts are held against one another: names and numbers that must differ, and what should be alike. */
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
      if (planes.length < 2)
        return [unknown('fewer than two', { remedy: 'Nothing, at a site of one control plane.' })];
      const uneven = Math.min(...memory) < Math.max(...memory) * 0.75;
      const words = planes
        .map(({ node, survey }) => `${node.name}: ${survey.facts.cores} cores, ${survey.facts.memoryMib} MiB`)
        .join('; ');
      return [uneven || cores.size > 1 ? warn(words) : pass(words)];
    },
  },
  {
    id: 'X-16',
    scope: 'cross-node',
    title: 'same firmware on machines of one model',
    why: 'A machine that was left out of an update behaves otherwise than its neighbours.',
    wanted: 'one BIOS version for each model',
    remedy: 'Bring the machines of that model to the same firmware.',
    judge({ nodes }) {
      const told = nodes.filter(({ survey }) => survey.one('system.model') !== undefined);
      if (told.length === 0) return [untoldByAll];
      return [...Map.groupBy(told, ({ survey }) => survey.one('system.model')).values()].flatMap((of) =>
        same(of, ({ survey }) => survey.one('bios.version')),
      );
    },
  },
  {
    id: 'X-17',
    scope: 'cross-node',
    title: 'same microcode on equal processors',
    why: 'An older one lacks mends for faults and weaknesses that its neighbours have.',
    wanted: 'one revision for each model of processor',
    remedy:
      'Bring the machines to the same firmware, or to the same package amd64-microcode or intel-microcode, and reboot.',
    judge({ nodes }) {
      const told = nodes.filter(({ survey }) => survey.one('microcode') !== undefined);
      if (told.length === 0) return [untoldByAll];
      return [...Map.groupBy(told, ({ survey }) => survey.one('cpuModel')).values()].flatMap((of) =>
        same(of, ({ survey }) => survey.one('microcode')),
      );
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
  if (owners.length === 0) return [untoldByAll];
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
  if (values.size === 0) return [untoldByAll];
  const words = [...values].map(([value, of]) => `${value} on ${of.map(({ node }) => node.name).join(', ')}`);
  return [values.size === 1 ? pass([...values.keys()][0] ?? '') : warn(words.join('; '))];
}
