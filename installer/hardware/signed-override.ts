import { z } from 'zod';
import { canonicalJson } from '../base/digest.ts';
import { isSignedBy, type Signer } from '../base/signature.ts';
import { type BundleTrust, isInTime, requireTrusted } from '../bundle/trust.ts';
import { shellWords } from '../hosts/shell-words.ts';
import type { Site } from '../site/site.ts';

const kind = 'perimeter.hardware-override/1';

/** One line: each stands in a report, and in a command that can be pasted. */
const Words = z
  .string()
  .min(1)
  .refine((text) => !/\p{Cc}/u.test(text), 'must be one line without control characters');

/** An operator's word for a machine that does not tell what it is. */
export const ModelOverride = z.strictObject({
  serial: Words,
  model: Words.meta({ example: 'model: gse-s200' }),
  by: Words.meta({ example: 'by: a.smith' }),
  reason: Words.min(10).meta({ example: 'reason: the firmware tables are empty' }),
  ticket: Words.meta({ example: 'ticket: CHG-17' }),
});
export type ModelOverride = Readonly<z.output<typeof ModelOverride>>;

/** As it stands in hardware.yaml. */
export interface SignedOverride extends ModelOverride {
  /** Base64 of the signature over the words and the name of the site. */
  readonly signature: string;
}

/** Whose signatures count is the site's to say; its name is signed too, so that no entry counts at another site. */
type Judge = Pick<Site, 'name' | 'directory' | 'trust'>;

/** Raises E_KEY_UNKNOWN or E_KEY_EXPIRED when the site would not believe the key. */
export function signOverride(
  site: Judge,
  override: ModelOverride,
  key: { readonly name: string; readonly signer: Signer },
  now = new Date(),
): SignedOverride {
  const { serial, model, by, reason, ticket } = override;
  requireTrusted(
    `The override for serial number ${serial}`,
    [key.signer.fingerprint],
    trustFor(site, key.name),
    now,
  );
  const signature = key.signer.sign(signedText(site, override));
  return { serial, model, by, reason, ticket, signature };
}

/** Why the signature does not count and the command that makes one which does; undefined when it counts. */
export function signatureProblem(
  site: Judge,
  override: ModelOverride & { readonly signature?: string | undefined },
  now: Date,
): string | undefined {
  const why = whyNot(site, override, now);
  return why === undefined ? undefined : `${why}. Sign it: ${signingCommand(site, override)}`;
}

function whyNot(
  { name, trust }: Judge,
  { signature, ...override }: ModelOverride & { readonly signature?: string | undefined },
  now: Date,
): string | undefined {
  if (signature === undefined) return 'is missing: nobody vouches for this entry';
  const keys = trust.importerKeys;
  if (keys.length === 0)
    return 'does not count: site.yaml names nobody who may sign it (trust.importerKeys is empty)';
  const text = signedText({ name }, override);
  const signers = keys.filter(({ publicKey }) => isSignedBy(publicKey, text, signature));
  if (signers.some((key) => isInTime(key, now))) return undefined;
  const [over] = signers;
  if (over !== undefined)
    return `was made with the key "${over.name}", which is trusted only until ${over.notAfter}; now it is ${now.toISOString()}`;
  const known = keys.map((key) => key.name).join(', ');
  return `does not fit: this entry was changed after it was signed, or signed for another site than ${name}, or by none of the keys in site.yaml (trust.importerKeys: ${known})`;
}

/** Readable by anyone who wants to verify it with other tools: JSON with sorted keys and no spaces. */
function signedText(
  { name }: Pick<Site, 'name'>,
  { serial, model, by, reason, ticket }: ModelOverride,
): string {
  return canonicalJson({ kind, site: name, serial, model, by, reason, ticket });
}

/** Only those who answer for what came into the site: who built a bundle elsewhere knows nothing of its machines. */
function trustFor(site: Judge, keyName: string): BundleTrust {
  return {
    keys: site.trust.importerKeys,
    from: `${site.directory}/site.yaml (trust.importerKeys)`,
    howToTrust: `Sign with a key that stands there (--signing-key NAME), or put this one there; this prints the lines:\n  perimeter bundle key show ${keyName} --yaml --for importer`,
  };
}

function signingCommand(site: Judge, { serial, model, by, reason, ticket }: ModelOverride): string {
  const options = Object.entries({ serial, model, by, reason, ticket }).flatMap(([option, value]) =>
    // A value that looks like an option would be taken for one.
    value.startsWith('-') ? [`--${option}=${value}`] : [`--${option}`, value],
  );
  return shellWords(['perimeter', 'hardware', 'override', site.directory, ...options]);
}
