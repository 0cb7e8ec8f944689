import { addressesOf, type Link, linksOf, nodeLink } from '../../hardware/links.ts';
import { overlaps } from '../../site/networks.ts';
import type { Judgement, NodeCheck, NodeSubject } from '../check.ts';
import { atLeast, fail, pass, unknown, warn } from '../judgements.ts';
import { neededPorts } from '../ports.ts';
import { noneListed, unasked, untold } from '../untold.ts';

const errorShare = 0.0001;

export const networkChecks: readonly NodeCheck[] = [
  {
    id: 'HW-NIC-01',
    scope: 'node',
    title: 'speed of the link',
    why: 'Images, volumes and etcd share it.',
    wanted: 'at least 1 Gbit/s, better 10',
    remedy: 'Check cable and switch port: ethtool DEVICE',
    judge: (subject) =>
      byLink(subject, ({ name, speedMbits }) =>
        atLeast(speedMbits, {
          fail: 1_000,
          warn: 10_000,
          unit: ' Mbit/s',
          untold: silent(`the driver of ${name} does not tell its speed`, subject, `ethtool ${name}`),
        }),
      ),
  },
  {
    id: 'HW-NIC-02',
    scope: 'node',
    title: 'carrier of the link',
    why: 'A cable that is out while the address still answers means another way in than the one declared.',
    wanted: 'up',
    remedy: 'Plug in the cable; ip link set DEVICE up',
    judge: (subject) =>
      byLink(subject, ({ name, carrier }) => {
        if (carrier === undefined)
          return silent(`the driver of ${name} does not tell its carrier`, subject, `ip link show ${name}`);
        return carrier ? pass(`${name} up`) : fail(`${name} has no carrier`);
      }),
  },
  {
    id: 'HW-NIC-03',
    scope: 'node',
    title: 'duplex of the link',
    why: 'Half duplex means a failed negotiation with the switch.',
    wanted: 'full',
    remedy: 'Set both sides to automatic negotiation: ethtool -s DEVICE autoneg on',
    judge: (subject) =>
      byLink(subject, ({ name, duplex }) => {
        if (duplex === undefined || duplex === 'unknown')
          return silent(`the driver of ${name} does not tell its duplex`, subject, `ethtool ${name}`);
        return duplex === 'full' ? pass(duplex) : warn(duplex);
      }),
  },
  {
    id: 'HW-NIC-04',
    scope: 'node',
    title: 'errors of the link',
    why: 'Damaged packets are a cable, a module or a port.',
    wanted: 'less than 1 in 10000',
    remedy: 'Change cable and port; look: ip -s link show DEVICE',
    judge: (subject) =>
      byLink(subject, ({ name, received, receiveErrors, sendErrors }) => {
        if (received === 0) return silent(`${name} counts no packets`, subject, `ip -s link show ${name}`);
        const errors = receiveErrors + sendErrors;
        const words = `${errors} of ${received}`;
        return errors / received > errorShare ? warn(words) : pass(words);
      }),
  },
  {
    id: 'HW-NIC-05',
    scope: 'node',
    title: 'packet size of the link',
    why: 'Below 1500 bytes, pods get less than programs expect.',
    wanted: 'at least 1500 bytes',
    remedy: 'ip link set DEVICE mtu 1500, and in the network configuration',
    judge: (subject) =>
      byLink(subject, ({ name, mtu }) =>
        atLeast(mtu, {
          fail: 1280,
          warn: 1500,
          unit: ' bytes',
          untold: silent(`${name} tells no packet size`, subject, `ip link show ${name}`),
        }),
      ),
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
      const addresses = addressesOf(survey);
      if (addresses.length === 0) return untold(survey, 'ip');
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
      return noneListed(
        survey,
        'ports',
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
      return noneListed(
        survey,
        'routes',
        found.map((route) => `the host has the route ${route}`),
        'fail',
        { wanted: `no route into ${podCidr} or ${serviceCidr}` },
      );
    },
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
      const rules = survey.number('dropRules');
      const drops = !ours && (rules ?? 0) > 0 ? ['a rule set that drops what comes in by default'] : [];
      const found = [...units, ...drops];
      if (found.length === 0 && survey.asked('units') && rules === undefined)
        return untold(survey, 'iptables-save');
      return noneListed(survey, 'units', found, 'warn');
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
      return noneListed(survey, 'files', [...survey.values('cni'), ...links], 'fail');
    },
  },
  {
    id: 'NET-11',
    scope: 'node',
    title: 'localhost',
    why: 'Programs of the control plane talk to one another by this name.',
    wanted: '127.0.0.1 localhost in /etc/hosts',
    remedy: "echo '127.0.0.1 localhost' >> /etc/hosts",
    judge({ survey }) {
      if (survey.one('localhost') === 'yes') return pass('there');
      return survey.asked('files') ? warn('missing') : unasked(survey, 'files');
    },
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
      if (loops.length > 0) return warn(loops.join(', '));
      return servers.length > 0 || survey.asked('files')
        ? pass(servers.join(', ') || 'none')
        : unasked(survey, 'files');
    },
  },
];

/** Of the interface that carries the node's address. */
function byLink({ survey, node }: NodeSubject, judge: (link: Link) => Judgement): Judgement {
  const link = nodeLink(survey, node.address);
  if (link !== undefined) return judge(link);
  return addressesOf(survey).length === 0
    ? untold(survey, 'ip')
    : unknown(`no interface carries ${node.address}`, {
        remedy: `Correct the address in inventory.yaml, or set it on the host: ip -br addr`,
      });
}

/** Virtual interfaces say little of themselves. */
function silent(observed: string, { survey }: NodeSubject, ask: string): Judgement {
  const usual = survey.virtual === undefined ? '' : `, as is usual inside ${survey.virtual}`;
  return unknown(`${observed}${usual}`, { remedy: `Ask on the host: ${ask}` });
}
