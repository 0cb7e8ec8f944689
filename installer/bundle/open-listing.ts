import type { BundleListing } from './bundle.ts';
import { ListedBundle } from './listed-bundle.ts';
import type { OpenBundleOptions } from './open-bundle.ts';
import { openSigned } from './open-signed.ts';
import { verifyListing } from './verify/verify-layout.ts';

/**
 * Opens a bundle for those who ask what it holds and take nothing out of it: signature, index and manifests are verified, and every
 * blob is there in its size. Reading gigabytes to learn a digest would cost more than all that is done with it. Raises what
 * `openBundle` raises, but cannot know of a byte that is wrong within a blob.
 */
export async function openListing(
  path: string,
  { trust, signal }: Pick<OpenBundleOptions, 'trust' | 'signal'>,
): Promise<BundleListing> {
  const verify = async (layout: Parameters<typeof verifyListing>[0]) => await verifyListing(layout, signal);
  const { verified, signedBy, close } = await openSigned(path, trust, verify, { signal });
  return new ListedBundle(path, verified, signedBy, close);
}
