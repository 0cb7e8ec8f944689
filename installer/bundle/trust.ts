import { PerimeterError } from '../base/errors.ts';
import { fingerprintOf } from '../base/signature.ts';
import type { Site, TrustedKey } from '../site/site.ts';

/** The name of the key that signs import receipts when nobody names another. */
export const importerKey = 'importer';

/** The name of the key that signs bundles when nobody names another. */
export const builderKey = 'builder';

/** Whose bundles are taken. */
export interface BundleTrust {
  /** Several at once while one key takes over from another. */
  readonly keys: readonly TrustedKey[];
  /** When given, only what one of them signed for is taken out of a store. */
  readonly importerKeys?: readonly TrustedKey[];
  /** Where the keys stand, for messages: "site.yaml (trust.bundleKeys)". */
  readonly from: string;
  /** What to do to have another key trusted; can be pasted. */
  readonly howToTrust: string;
}

/** Exactly these keys, for those who do not work for a site. `from` says in messages where they come from. */
export function trustOfKeys(keys: readonly TrustedKey[], from: string): BundleTrust {
  const howToTrust = 'If the fingerprint is the one that its builder told you, name the key: --key FILE.pub';
  return { keys, from, howToTrust };
}

/** What a site trusts, as its site.yaml says. */
export function trustOfSite(site: Site): BundleTrust {
  return {
    keys: site.trust.bundleKeys,
    importerKeys: site.trust.importerKeys,
    from: `${site.directory}/site.yaml (trust.bundleKeys)`,
    howToTrust:
      'Ask the builder for the fingerprint by another way than the medium. If it is the same, put the key into site.yaml; where the bundle was built this prints the lines:\n  perimeter bundle key show',
  };
}

/**
 * Refuses the signer of `what` unless it is one of the trusted keys, or one of `vouchers` is (keys that handed over to it).
 * Raises E_KEY_UNKNOWN or E_KEY_EXPIRED. Returns the name of the trusted key.
 */
export function requireTrusted(
  what: string,
  vouchers: readonly string[],
  trust: BundleTrust,
  now = new Date(),
): string {
  const [signer] = vouchers;
  const known = trust.keys.filter((key) => vouchers.includes(fingerprintOf(key.publicKey) ?? ''));
  const valid = known.find((key) => isInTime(key, now));
  if (valid !== undefined) return valid.name;
  const [expired] = known;
  if (expired !== undefined)
    throw new PerimeterError('E_KEY_EXPIRED', {
      message: `${what} is signed by the key "${expired.name}", which is trusted only until ${expired.notAfter}; now it is ${now.toISOString()}`,
      hint: `If this machine's clock is wrong, set it. Otherwise have it signed by a valid key (perimeter bundle key rotate), or move notAfter of "${expired.name}" in ${trust.from}.`,
    });
  const names = trust.keys.map((key) => `${key.name} ${fingerprintOf(key.publicKey)}`);
  throw new PerimeterError('E_KEY_UNKNOWN', {
    message: `${what} is signed by a key that is not trusted here: ${signer}`,
    hint: trust.howToTrust,
    findings: [
      names.length === 0
        ? `No key is trusted: ${trust.from} is empty`
        : `Trusted by ${trust.from}: ${names.join('; ')}`,
    ],
  });
}

/** From `notAfter` on, a key does not count any more. */
export function isInTime({ notAfter }: Pick<TrustedKey, 'notAfter'>, now: Date): boolean {
  return notAfter === undefined || now < new Date(notAfter);
}
