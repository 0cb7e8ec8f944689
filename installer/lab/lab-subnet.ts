import { createHash } from 'node:crypto';

/** An IPv4 network as two numbers. */
interface Range {
  readonly first: number;
  readonly last: number;
}

const firstHostNumber = 11;

/**
 * The lab's /24 inside 172.30.0.0/16: where the name's hash points, or the next one that no given network touches.
 * Undefined when all 256 are taken.
 * @param taken networks in CIDR form: the machine's routes and the subnets of other labs
 */
export function chooseSubnet(seed: string, taken: readonly string[]): string | undefined {
  const ranges = taken.map(rangeOf);
  const start = createHash('sha256').update(seed).digest()[0] as number;
  for (let step = 0; step < 256; step += 1) {
    const cidr = `172.30.${(start + step) % 256}.0/24`;
    const range = rangeOf(cidr);
    if (ranges.every((other) => other.last < range.first || other.first > range.last)) return cidr;
  }
  return undefined;
}

/** Where the installer's machine is found from inside the lab. */
export function gatewayOf(subnetCidr: string): string {
  return addressIn(subnetCidr, 1);
}

/** The address of the host with the given index, from 0: .11, .12, ... */
export function hostAddress(subnetCidr: string, index: number): string {
  return addressIn(subnetCidr, firstHostNumber + index);
}

function addressIn(subnetCidr: string, number: number): string {
  return subnetCidr.replace(/\.0\/24$/, `.${number}`);
}

function rangeOf(cidr: string): Range {
  const [address = '', prefixText = '32'] = cidr.split('/');
  const bits = 32 - Number(prefixText);
  const size = 2 ** bits;
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = Math.floor(number / size) * size;
  return { first, last: first + size - 1 };
}
