/** IPv4 networks in CIDR notation, as numbers. */
export interface Network {
  readonly first: number;
  readonly last: number;
}

/** The network's first and last address, or undefined when the text is no IPv4 CIDR. */
export function parseCidr(text: string): Network | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(text);
  if (match === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, bits = 0] = match.slice(1).map(Number);
  if ([a, b, c, d].some((byte) => byte > 255) || bits > 32) return undefined;
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const size = 2 ** (32 - bits);
  const first = address - (address % size);
  return { first, last: first + size - 1 };
}

export function overlaps(one: string, other: string): boolean {
  const a = parseCidr(one);
  const b = parseCidr(other);
  return a !== undefined && b !== undefined && a.first <= b.last && b.first <= a.last;
}

/** True when the address lies in the network. */
export function contains(cidr: string, address: string): boolean {
  return overlaps(cidr, `${address}/32`);
}
