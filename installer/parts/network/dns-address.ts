import { parseCidr } from '../../site/networks.ts';

/** Kubernetes' own convention, which the kubelets follow too: the tenth address of the service network. */
const place = 10;

export function dnsAddress(serviceCidr: string): string {
  const network = parseCidr(serviceCidr);
  if (network === undefined) throw new Error(`${serviceCidr} is no network`);
  const address = network.first + place;
  return [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join('.');
}
