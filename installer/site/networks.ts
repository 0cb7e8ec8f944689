/** An IPv4 network in CIDR notation as numbers. */
export interface Network {
  readonly first: number;
  readonly last: number;
  readonly prefix: number;
}

/** The address as a number, or undefined when the text is none. Leading zeros are refused: some programs read them as octal. */
export function parseAddress(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1);
  if (parts === undefined) return undefined;
  const bytes = parts.map(Number);
  if (bytes.some((byte, index) => byte > 255 || String(byte) !== parts[index])) return undefined;
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** The network around `10.20.0.0/16`, or undefined when the text is no IPv4 CIDR. Bits after the prefix are not looked at. */
export function parseCidr(text: string): Network | undefined {
  const [, addressText = '', prefixText = ''] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const address = parseAddress(addressText);
  const prefix = Number(prefixText);
  if (address === undefined || prefix > 32) return undefined;
  const size = 2 ** (32 - prefix);
  const first = address - (address % size);
  return { first, last: first + size - 1, prefix };
}

/** The network of `10.20.0.7/16` written as it should be: `10.20.0.0/16`. */
export function formatCidr({ first, prefix }: Network): string {
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${bytes.join('.')}/${prefix}`;
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
