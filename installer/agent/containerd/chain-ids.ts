import { type Digest, digestOf } from '../../base/digest.ts';

/**
 * The name of every layer together with all that lie below it, as the OCI image specification forms it of the digests of the unpacked
 * layers, lowest first. What two images have in common from the bottom up has the same names in both.
 */
export function chainIds(diffIds: readonly Digest[]): readonly Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : digestOf(`${below} ${diffId}`));
  }
  return chain;
}
