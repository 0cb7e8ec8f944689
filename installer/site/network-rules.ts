import { contains, overlaps, parseAddress, parseCidr } from './networks.ts';
import type { SiteOutline } from './site-outline.ts';
import type { Complain } from './site-rules.ts';

const meanings = { nodeCidr: 'node', podCidr: 'pod', serviceCidr: 'service' } as const;
type NetworkKey = keyof typeof meanings;

/** Kubernetes gives each node a /24 of the pod network. */
const podPrefixPerNode = 24;
/** What Kubernetes takes as a service network, and what leaves room for the platform's own services. */
const servicePrefixes = { widest: 12, narrowest: 24 };

/** The three networks must not touch each other, must be large enough, and must hold or not hold the addresses named. */
export function networkRules(outline: SiteOutline, complain: Complain): void {
  overlapRule(outline.networks, complain);
  sizeRules(outline, complain);
  addressRules(outline, complain);
  probeRule(outline, complain);
}

function overlapRule(networks: SiteOutline['networks'], complain: Complain): void {
  const keys = Object.keys(meanings) as NetworkKey[];
  for (const [index, key] of keys.entries()) {
    for (const other of keys.slice(index + 1)) {
      if (!overlaps(networks[key] ?? '', networks[other] ?? '')) continue;
      const message = `${networks[other]} overlaps the ${meanings[key]} network ${networks[key]} (${key}); the ${meanings[other]} network must be apart from it`;
      complain('site', ['network', other], message);
    }
  }
}

function sizeRules({ networks, nodes }: SiteOutline, complain: Complain): void {
  const pods = parseCidr(networks.podCidr ?? '');
  const room = pods === undefined ? nodes.length : Math.floor(2 ** (podPrefixPerNode - pods.prefix));
  if (room < nodes.length) {
    const message = `has room for ${room} nodes (a /24 each), but the inventory has ${nodes.length}; choose a larger network`;
    complain('site', ['network', 'podCidr'], message);
  }
  const { widest, narrowest } = servicePrefixes;
  const prefix = parseCidr(networks.serviceCidr ?? '')?.prefix ?? narrowest;
  if (prefix < widest || prefix > narrowest) {
    const message = `has the prefix /${prefix}; it must be between /${widest} and /${narrowest}`;
    complain('site', ['network', 'serviceCidr'], message);
  }
}

function addressRules({ networks: { nodeCidr }, nodes }: SiteOutline, complain: Complain): void {
  const network = parseCidr(nodeCidr ?? '');
  if (nodeCidr === undefined || network === undefined) return;
  for (const [index, { address }] of nodes.entries()) {
    if (address === undefined) continue;
    const path = ['nodes', index, 'address'] as const;
    const number = parseAddress(address);
    if (!contains(nodeCidr, address)) {
      complain(
        'inventory',
        path,
        `${address} is not in the node network ${nodeCidr} (site.yaml, network.nodeCidr)`,
      );
    } else if (network.prefix < 31 && (number === network.first || number === network.last)) {
      const kind = number === network.first ? 'network' : 'broadcast';
      complain('inventory', path, `${address} is the ${kind} address of ${nodeCidr}; no host can have it`);
    }
  }
}

function probeRule({ networks, outsideProbes }: SiteOutline, complain: Complain): void {
  const keys = Object.keys(meanings) as NetworkKey[];
  for (const [index, probe] of outsideProbes.entries()) {
    const inside = keys.find((key) => probe !== undefined && contains(networks[key] ?? '', probe));
    if (inside === undefined) continue;
    const message = `${probe} lies inside the ${meanings[inside]} network; a probe must lie outside the site`;
    complain('site', ['network', 'outsideProbes', index], message);
  }
}
