import { z } from 'zod';
import { type Digest, hexOf, isDigest } from '../../base/digest.ts';
import { PerimeterError } from '../../base/errors.ts';
import type { Signer } from '../../base/signature.ts';
import type { Site } from '../../site/site.ts';
import { formatStatement, readStatement, type SignedStatement } from '../trust/signed-statement.ts';
import { type BundleTrust, requireTrusted } from '../trust.ts';
import { readLayoutFile, type ScannedLayout } from '../verify/scan-layout.ts';

/** In a delta, before all else: says what it carries, and that the blobs which are not here lie in the store already. */
export const deltaFile = 'delta.json';
const kind = 'perimeter.delta/2';

const digest = z.string().refine((text): text is Digest => isDigest(text), 'is not a sha256 digest');
/** Hexadecimal digits of the digest, and the size in bytes: short, for a bundle has hundreds of blobs. */
const blobs = z.array(
  z
    .string()
    .regex(/^[a-f0-9]{64} \d{1,15}$/)
    .transform((text): DeltaBlob => {
      const [hex = '', size] = text.split(' ');
      return { digest: `sha256:${hex}`, sizeBytes: Number(size) };
    }),
);

interface DeltaBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

const deltaSchema = z.strictObject({
  kind: z.literal(kind),
  bundle: digest,
  /** Digest of the bundle that the site has. */
  against: digest,
  site: z.string(),
  /** Every blob of the bundle, sorted: those that are here, and those that the store must have. */
  carried: blobs,
  expected: blobs,
});

/** What a delta says of itself. */
export type Delta = z.infer<typeof deltaSchema>;

export function formatDelta({ carried, expected, ...about }: Omit<Delta, 'kind'>, signer: Signer): string {
  const texts = (list: readonly DeltaBlob[]): string[] =>
    list.map((blob) => `${hexOf(blob.digest)} ${blob.sizeBytes}`);
  return formatStatement({ kind, ...about, carried: texts(carried), expected: texts(expected) }, signer);
}

/** True for a delta, and for what is left of one. */
export function isDelta({ files, broken }: ScannedLayout): boolean {
  return files.has(deltaFile) || broken?.within?.name === deltaFile;
}

/** Undefined where it is no delta, or ends before this was written. Raises E_STATEMENT_INVALID. */
export function readDelta(source: ScannedLayout): SignedStatement<Delta> | undefined {
  const file = source.files.get(deltaFile);
  if (file === undefined) return undefined;
  return readStatement(String(readLayoutFile(file)), deltaSchema, 'What the delta says of itself');
}

/**
 * Refuses a delta that was made for another site or of another bundle, or whose words nobody trusted signed. Returns what it says;
 * undefined for what is no delta.
 */
export function requireFittingDelta(
  source: ScannedLayout,
  bundle: Digest,
  site: Site,
  trust: BundleTrust,
): Delta | undefined {
  const read = readDelta(source);
  if (read === undefined) return undefined;
  const { payload, fingerprint } = read;
  requireTrusted('The delta', [fingerprint], trust);
  refuseMisfit([
    ...misfits(payload, bundle),
    ...(payload.site === site.name
      ? []
      : [`it was made for the site "${payload.site}", not for "${site.name}"`]),
  ]);
  return payload;
}

/** Raises E_DELTA_MISFIT for a delta that tells of another bundle than its index does. */
export function requireOwnIndex(delta: Delta, bundle: Digest | undefined): void {
  refuseMisfit(misfits(delta, bundle));
}

function misfits(delta: Delta, bundle: Digest | undefined): string[] {
  if (delta.bundle === bundle) return [];
  return [`it says that it is of ${delta.bundle}, but its index is of ${bundle ?? 'nothing'}`];
}

function refuseMisfit(wrong: readonly string[]): void {
  if (wrong.length === 0) return;
  throw new PerimeterError('E_DELTA_MISFIT', {
    message: `The delta does not fit: ${wrong.join('; ')}`,
    hint: 'Have one made against what this site has now: perimeter site have, then perimeter bundle delta',
  });
}
