import { linksOf, nodeLink } from '../../hardware/links.ts';
import { contains, overlaps } from '../../site/networks.ts';
import type { NodeCheck } from '../check.ts';
import { atLeast, fail, none, pass, unknown, warn } from '../judgements.ts';
import { neededPorts } from '../ports.ts';

const errorShare = 0.0001;

export const networkChecks: readonly NodeCheck[] = [
  {
    id: 'HW-NIC-01',
    scope: 'node',
    title: 'speed of the link',
    why: 'Images, volumes and etcd share it.',
    wanted: 'at least 1 Gbit/s, better 10',
    remedy: 'Check cable and switch port: ethtool DEVICE',
    judge: ({ survey, node }) =>
      atLeast(nodeLink(survey, node.address)?.speedMbits, { fail: 1_000, warn: 10_000, unit: ' Mbit/s' }),
  },
  {
    id: 'HW-NIC-02',
    scope: 'node',
    title: 'carrier of the link',
    why: 'A cable that is out while the address still answers means another way in than the one declared.',
    wanted: 'up',
    remedy: 'Plug in the cable; ip link set DEVICE up',
    judge({ survey, node }) {
      const link = nodeLink(survey, node.address);
      if (link?.carrier === undefined) return unknown();
      return link.carrier ? pass(`${link.name} up`) : fail(`${link.name} has no carrier`);
    },
  },
  {
    id: 'HW-NIC-03',
    scope: 'node',
    title: 'duplex of the link',
    why: 'Half duplex means a failed negotiation with the switch.',
    wanted: 'full',
    remedy: 'Set both sides to automatic negotiation: ethtool -s DEVICE autoneg on',
    judge({ survey, node }) {
      const duplex = nodeLink(survey, node.address)?.duplex;
      if (duplex === undefined || duplex === 'unknown') return unknown();
      return duplex === 'full' ? pass(duplex) : warn(duplex);
    },
  },
  {
    id: 'HW-NIC-04',
    scope: 'node',
    title: 'errors of the link',
    why: 'Damaged packets are a cable, a module or a port.',
    wanted: 'less than 1 in 10000',
    remedy: 'Change cable and port; look: ip -s link show DEVICE',
    judge({ survey, node }) {
      const link = nodeLink(survey, node.address);
      if (link === undefined || link.received === 0) return unknown();
      const errors = link.receiveErrors + link.sendErrors;
      return errors / link.received > errorShare
        ? warn(`${errors} of ${link.received}`)
        : pass(`${errors} of ${link.received}`);
    },
  },
  {
    id: 'HW-NIC-05',
    scope: 'node',
    title: 'packet size of the link',
    why: 'Below 1500 bytes, pods get less than programs expect.',
    wanted: 'at least 1500 bytes',
    remedy: 'ip link set DEVICE mtu 1500, and in the network configuration',
    judge: ({ survey, node }) =>
      atLeast(nodeLink(survey, node.address)?.mtu, { fail: 1280, warn: 1500, unit: ' bytes' }),
  },
  {
    id: 'NET-01',
    scope: 'node',
    title: 'address of the inventory',
    why: 'The node announces itself by it; behind address translation the others would not find it.',
    wanted: 'on an interface of the host',
    remedy: 'Correct the address in inventory.yaml, or set it on the host: ip addr',
    required: true,
    judge({ survey, node }) {
      const addresses = survey.values('address').map((line) => line.split(' ')[1]?.split('/')[0]);
      if (addresses.length === 0) return unknown();
      return addresses.includes(node.address)
        ? pass(node.address)
        : fail(`only ${addresses.filter((one) => one !== '127.0.0.1').join(', ') || 'none'}`);
    },
  },
  {
    id: 'NET-02',
    scope: 'node',
    title: 'ports',
    why: 'Programs of the platform listen there.',
    wanted: 'free',
    remedy: 'See who listens, and stop it: ss -ltnp',
    required: true,
    judge({ survey, site, ours }) {
      if (ours) return pass('belong to this site');
      const taken = neededPorts(site).filter((port) => survey.facts.listeningPorts.includes(port));
      return none(
        taken.map((port) => `in use: ${port}`),
        'fail',
        {
          remedy: `See who listens, and stop it: ss -ltnp '( ${taken.map((port) => `sport = :${port}`).join(' or ')} )'`,
        },
      );
    },
  },
  {
    id: 'NET-03',
    scope: 'node',
    title: 'routes into the networks of pods and services',
    why: 'Packets for pods would leave the cluster, or those for somebody else end in it.',
    wanted: 'none',
    remedy: 'Choose other networks in site.yaml, or remove the route: ip route del ROUTE',
    required: true,
    judge({ survey, site, ours }) {
      if (ours) return pass('made by this site');
      const { podCidr, serviceCidr } = site.network;
      const found = survey.facts.routes.filter(
        (route) => overlaps(route, podCidr) || overlaps(route, serviceCidr),
      );
      return none(
        found.map((route) => `the host has the route ${route}`),
        'fail',
        { wanted: `no route into ${podCidr} or ${serviceCidr}` },
      );
    },
  },
  {
    id: 'NET-04',
    scope: 'node',
    title: 'default route',
    why: 'Inside a closed perimeter it leads nowhere; where it leads somewhere, the perimeter is open.',
    wanted: 'none, or to a router of the closed network',
    remedy:
      'ip route del default, and in the network configuration; or accept it by a waiver that names the router',
    judge({ survey }) {
      const devices = [...survey.values('defaultDevice'), ...survey.values('defaultDevice6')];
      return survey.facts.hasDefaultRoute || devices.length > 0
        ? warn(`by ${[...new Set(devices)].join(', ')}`)
        : pass('none');
    },
  },
  {
    id: 'NET-05',
    scope: 'node',
    title: 'no way out by TCP',
    why: 'A closed site must not reach anything outside; addresses that belong to nobody must stay silent.',
    wanted: 'no connection to any address outside',
    remedy: 'Close it at the router or firewall; see the way: ip route get 198.51.100.1',
    required: true,
    judge({ outside }) {
      const tried = outside?.filter(({ way }) => way === 'tcp') ?? [];
      if (tried.length === 0) return unknown('not tried');
      // A refusal is an answer too: somebody is there.
      const reached = tried.filter(({ word }) => word === 'open' || word === 'refused');
      return reached.length === 0
        ? pass(`${tried.length} tries, nobody there`)
        : none(
            reached.map(({ address, word }) => `${address}: ${word}`),
            'fail',
          );
    },
  },
  {
    id: 'NET-06',
    scope: 'node',
    title: 'no way out by DNS',
    why: 'Names are a way to carry data out, and a resolver that knows outside names is an open door.',
    wanted: 'no answer from outside',
    remedy: 'Close port 53 to the outside; take forwarders out of the name server.',
    required: true,
    judge({ outside, site }) {
      const asked = outside?.filter(({ way }) => way === 'dns') ?? [];
      if (asked.length === 0) return unknown('not tried');
      const reached = asked.filter(
        ({ address, word }) =>
          (word === 'answered' || word === 'resolved') && !isInside(address, site.network),
      );
      return reached.length === 0
        ? pass('no answer')
        : none(
            reached.map(({ address }) => `${address} answered`),
            'fail',
          );
    },
  },
  {
    id: 'NET-07',
    scope: 'node',
    title: 'names that do not exist',
    why: 'A resolver that answers every name leads programs astray, in pods too.',
    wanted: 'perimeter-probe.invalid is unknown',
    remedy: 'Take the wildcard out of the name server, or the name server out of /etc/resolv.conf.',
    required: true,
    judge({ outside }) {
      if (outside === undefined) return unknown('not tried');
      const lied = outside.filter(({ way, word }) => way !== 'tcp' && word === 'resolved');
      return lied.length === 0
        ? pass('unknown')
        : fail(`resolved by ${lied.map(({ address }) => address || 'the resolver').join(', ')}`);
    },
  },
  {
    id: 'NET-08',
    scope: 'node',
    title: 'proxy settings',
    why: 'Programs would send traffic for nodes, pods and services to the proxy; it is also a way out.',
    wanted: 'none',
    remedy: 'Take the proxy lines out of the named places, then: systemctl daemon-reexec',
    judge: ({ survey }) => none(survey.values('proxy'), 'fail'),
  },
  {
    id: 'NET-09',
    scope: 'node',
    title: 'firewall of another administrator',
    why: 'Rules of the platform and rules of others in one packet filter break each other.',
    wanted: 'none active, no rule set that drops by default',
    remedy: 'systemctl disable --now ufw firewalld nftables; filter outside of the nodes',
    judge({ survey, ours }) {
      const units = survey.values('activeUnit').filter((unit) => /^(ufw|firewalld|nftables)\./.test(unit));
      const drops = !ours && (survey.number('dropRules') ?? 0) > 0 ? ['nftables input policy drop'] : [];
      return none([...units, ...drops], 'warn');
    },
  },
  {
    id: 'NET-10',
    scope: 'node',
    title: 'pod network of somebody else',
    why: 'Two pod networks on one host fight for the same interfaces.',
    wanted: 'none',
    remedy: 'rm -rf /etc/cni/net.d/* and reboot, when nobody needs it',
    judge({ survey, ours }) {
      if (ours) return pass('belongs to this site');
      const foreign = /^(cni\d|flannel|cali|cilium|weave|kube-bridge|vxlan\.calico|kube-ipvs)/;
      const links = linksOf(survey).flatMap(({ name }) => (foreign.test(name) ? [name] : []));
      return none([...survey.values('cni'), ...links], 'fail');
    },
  },
  {
    id: 'NET-11',
    scope: 'node',
    title: 'localhost',
    why: 'Programs of the control plane talk to one another by this name.',
    wanted: '127.0.0.1 localhost in /etc/hosts',
    remedy: "echo '127.0.0.1 localhost' >> /etc/hosts",
    judge: ({ survey }) => (survey.one('localhost') === 'yes' ? pass('there') : warn('missing')),
  },
  {
    id: 'NET-12',
    scope: 'node',
    title: 'name servers',
    why: "The cluster's name server asks the host's; one on the loopback address would ask itself.",
    wanted: 'none on a loopback address',
    remedy: "Name the site's own name server in /etc/resolv.conf, or none.",
    judge({ survey }) {
      const servers = survey.values('nameserver');
      const loops = servers.filter((address) => address.startsWith('127.') || address === '::1');
      return loops.length > 0 ? warn(loops.join(', ')) : pass(servers.join(', ') || 'none');
    },
  },
];

function isInside(
  address: string,
  { nodeCidr, podCidr, serviceCidr }: { nodeCidr: string; podCidr: string; serviceCidr: string },
): boolean {
  const inside = [
    nodeCidr,
    podCidr,
    serviceCidr,
    '127.0.0.0/8',
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
  ];
  return inside.some((network) => contains(network, address));
}
