/** Digests by the names that in-toto gives their algorithms; empty for a sum that is in none of the known forms. */
export function digestSetOf(sum: string): Readonly<Record<string, string>> {
  const hex = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');
  if (sum.startsWith('h1:')) return { dirHash: hex(sum.slice(3)) };
  if (sum.startsWith('sha512-')) return { sha512: hex(sum.slice(7)) };
  if (sum.startsWith('sha256:')) return { sha256: sum.slice(7) };
  return {};
}
