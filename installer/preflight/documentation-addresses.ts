import { contains } from '../site/networks.ts';

/** Set aside for documentation (RFC 5737, RFC 3849): nobody has them, so an answer is a finding, and silence says little. */
const networks = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'];

/** Asked in every site: no site has to name addresses of the newer protocol, of which the platform uses none. */
export const documentationAddress6 = '2001:db8::1';

export function isDocumentation(address: string): boolean {
  return address.startsWith('2001:db8:') || networks.some((network) => contains(network, address));
}

const privateNetworks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8'];

/** Addresses that a network may give away by itself. Those of providers' own networks are none: who sees one has left the site. */
export function isPrivate(address: string): boolean {
  if (address.includes(':')) return /^(f[cd]|fe[89ab]|::1$)/i.test(address);
  return privateNetworks.some((network) => contains(network, address));
}
