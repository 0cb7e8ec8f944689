import type { Digest } from '../../base/digest.ts';
import { PerimeterError } from '../../base/errors.ts';
import { type BundleTrust, requireTrusted } from '../trust.ts';
import type { Medium } from './medium.ts';

/** Refuses a list of parts that nobody trusted signed (nor who signed the bundle), or that tells of another bundle. */
export function refuseStrangeList(
  { path, list }: Medium,
  digest: Digest | undefined,
  vouchers: readonly string[],
  trust: BundleTrust,
): void {
  if (list === undefined) return;
  if (!vouchers.includes(list.fingerprint))
    requireTrusted(`The list of parts of ${path}`, [list.fingerprint], trust);
  if (list.payload.bundle === digest) return;
  throw new PerimeterError('E_BUNDLE_DAMAGED', {
    message: `The list of parts of ${path} belongs to another bundle (${list.payload.bundle}) than the parts (${digest})`,
    hint: 'Carry the list in again, from the export that the parts come from.',
  });
}
