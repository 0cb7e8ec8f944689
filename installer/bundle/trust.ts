import { PerimeterError } from '../base/errors.ts';
import { fingerprintOf } from '../base/signature.ts';
import type { Site, TrustedKey } from '../site/site.ts';

/** The name of the key that signs import receipts when nobody names another. */
export const importerKey = 'importer';

/** The name of the key that signs bundles when nobody names another. */
export const builderKey = 'builder';

/** Whose word is taken for one purpose. */
export interface KeyTrust {
  /** Several at once while one key takes over from another. */
  readonly keys: readonly TrustedKey[];
  /** Where the keys stand, for messages: "site.yaml (trust.bundleKeys)". */
  readonly from: string;
  /** What to do to have another key trusted; can be pasted. */
  readonly howToTrust: string;
}

/** Whose bundles are taken. */
export interface BundleTrust extends KeyTrust {
  /** When given, only what one of them signed for is taken out of a store. */
  readonly importers?: KeyTrust;
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
    ...(site.trust.importerKeys.length === 0 ? {} : { importers: importersOf(site) }),
    from: `${site.directory}/site.yaml (trust.bundleKeys)`,
    howToTrust:
      'Ask the builder for the fingerprint by another way than the medium. If it is the same, put the key into site.yaml; where the bundle was built this prints the lines:\n  perimeter bundle key show --yaml',
  };
}

/** Who may bring bundles into a site. Here the signer sits at the keyboard: nobody else is to be asked for a fingerprint. */
function importersOf(site: Site): KeyTrust {
  return {
    keys: site.trust.importerKeys,
    from: `${site.directory}/site.yaml (trust.importerKeys)`,
    howToTrust: `Bring it in under a key that stands there (perimeter bundle import --signing-key NAME), or let whoever answers for the site put this one under trust.importerKeys; this prints the lines:\n  perimeter bundle key show ${importerKey} --yaml --for importer`,
  };
}

/** Who may let an older bundle into a site: its importers, and those whose bundles it takes. */
export function downgradersOf(site: Site): KeyTrust {
  const { bundleKeys, importerKeys } = site.trust;
  return {
    keys: [...bundleKeys, ...importerKeys],
    from: `${site.directory}/site.yaml (trust.bundleKeys, trust.importerKeys)`,
    howToTrust: `Have the downgrade signed by one of these keys (perimeter bundle downgrade --signing-key NAME), or let whoever answers for the site put the signer's under trust.importerKeys; where that key lies this prints the lines:\n  perimeter bundle key show ${importerKey} --yaml --for importer`,
  };
}

/** Refuses to sign what nobody would believe: E_KEY_UNKNOWN or E_KEY_EXPIRED before it is written, not when it is used. */
export function requireMaySign(what: string, fingerprint: string, trust: KeyTrust, now = new Date()): void {
  judge({ what, says: 'would be signed by' }, [fingerprint], trust, now);
}

/**
 * Refuses the signer of `what` unless it is one of the trusted keys, or one of `vouchers` is (keys that handed over to it).
 * Raises E_KEY_UNKNOWN or E_KEY_EXPIRED. Returns the name of the trusted key.
 */
export function requireTrusted(
  what: string,
  vouchers: readonly string[],
  trust: KeyTrust,
  now = new Date(),
): string {
  return judge({ what, says: 'is signed by' }, vouchers, trust, now);
}

function judge(
  { what, says }: { readonly what: string; readonly says: string },
  vouchers: readonly string[],
  trust: KeyTrust,
  now: Date,
): string {
  const [signer] = vouchers;
  const known = trust.keys.filter((key) => vouchers.includes(fingerprintOf(key.publicKey) ?? ''));
  const valid = known.find((key) => isInTime(key, now));
  if (valid !== undefined) return valid.name;
  const [expired] = known;
  if (expired !== undefined)
    throw new PerimeterError('E_KEY_EXPIRED', {
      message: `${what} ${says} the key "${expired.name}", which is trusted only until ${expired.notAfter}; now it is ${now.toISOString()}`,
      hint: `If this machine's clock is wrong, set it. Otherwise have it signed by a valid key (perimeter bundle key rotate), or move notAfter of "${expired.name}" in ${trust.from}.`,
    });
  const names = trust.keys.map((key) => `${key.name} ${fingerprintOf(key.publicKey)}`);
  throw new PerimeterError('E_KEY_UNKNOWN', {
    message: `${what} ${says} a key that is not trusted here: ${signer}`,
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
