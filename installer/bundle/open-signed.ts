import { assertDefect, PerimeterError } from '../base/errors.ts';
import type { Events } from '../base/events.ts';
import { isDelta } from './delta/delta-statement.ts';
import { type OpenedLayout, openLayout } from './media/open-layout.ts';
import { type BundleSignature, readSignature } from './trust/bundle-signature.ts';
import { refuseSigner } from './trust/refuse-signer.ts';
import type { BundleTrust } from './trust.ts';
import type { ScannedLayout } from './verify/scan-layout.ts';
import type { VerifiedLayout } from './verify/verify-layout.ts';

/** A layout with nothing wrong in what was looked at. */
export interface SignedLayout<V extends VerifiedLayout = VerifiedLayout> {
  /** What `verify` gave. */
  readonly verified: V;
  /** Fingerprint of the key that signed the index. */
  readonly signedBy: string;
  /** That key, and those that handed over to it. */
  readonly vouchers: readonly string[];
  close(): Promise<void>;
}

export interface SignedOptions {
  readonly events?: Events | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Who signed a bundle first, then `verify`, which says how closely it is looked at. Raises what `openBundle` raises. */
export async function openSigned(
  path: string,
  trust: BundleTrust,
  verify: (layout: ScannedLayout) => Promise<VerifiedLayout>,
  options: SignedOptions = {},
): Promise<SignedLayout> {
  return await verifySigned(await openLayout(path), trust, verify, options);
}

/** The same for what was opened already; closes it when it is refused. */
export async function verifySigned<V extends VerifiedLayout>(
  opened: OpenedLayout,
  trust: BundleTrust,
  verify: (layout: ScannedLayout) => Promise<V>,
  options: SignedOptions = {},
): Promise<SignedLayout<V>> {
  try {
    const signature = readSignature(opened.layout);
    refuseSigner(opened.path, signature, trust);
    const verified = await verify(opened.layout);
    await refuseDamage(opened, verified, signature, options);
    assertDefect(signature.state === 'signed', 'a bundle without a signature was refused before');
    const { vouchers } = signature;
    opened.refuseStranger(verified.digest, vouchers, trust);
    return { verified, signedBy: vouchers[0] ?? '', vouchers, close: opened.close };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function refuseDamage(
  opened: OpenedLayout,
  verified: VerifiedLayout,
  signature: BundleSignature,
  options: SignedOptions,
): Promise<void> {
  const problems =
    signature.state === 'damaged' ? [signature.problem, ...verified.problems] : verified.problems;
  if (problems.length === 0) return;
  const parts = await opened.findDamage(options);
  throw new PerimeterError('E_BUNDLE_DAMAGED', {
    message: `The ${isDelta(opened.layout) ? 'delta' : 'bundle'} ${opened.path} is damaged`,
    hint: opened.howToMend(parts),
    findings: [...parts.map(({ sentence }) => sentence), ...problems],
  });
}
