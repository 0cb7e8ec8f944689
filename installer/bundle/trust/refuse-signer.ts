import { PerimeterError } from '../../base/errors.ts';
import { type BundleTrust, requireTrusted } from '../trust.ts';
import type { BundleSignature } from './bundle-signature.ts';

/**
 * Refuses a bundle that nobody trusted signed; returns the name of the trusted key. Says nothing about one whose index or signature
 * is damaged: that is told with all other damage.
 */
export function refuseSigner(
  path: string,
  signature: BundleSignature,
  trust: BundleTrust,
): string | undefined {
  if (signature.state === 'absent')
    throw new PerimeterError('E_BUNDLE_UNSIGNED', {
      message: `The bundle ${path} carries no signature: nobody vouches for it`,
      hint: 'Do not use it. Where it was built, build it again, which signs it: npm run perimeter -- bundle build',
    });
  if (signature.state !== 'signed') return undefined;
  return requireTrusted(`The bundle ${path}`, signature.vouchers, trust);
}
