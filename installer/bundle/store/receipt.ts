import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { canonicalJson, type Digest, digestOf, isDigest } from '../../base/digest.ts';
import { messageOf, PerimeterError } from '../../base/errors.ts';
import { readStatement, type SignedStatement } from '../trust/signed-statement.ts';

export const receiptKind = 'perimeter.import-receipt/1';
const digest = z.string().refine((text): text is Digest => isDigest(text), 'is not a sha256 digest');
const receiptSchema = z.strictObject({
  kind: z.literal(receiptKind),
  site: z.string(),
  bundle: digest,
  version: z.string(),
  sequence: z.int(),
  /** Fingerprint of the builder's key that signed the bundle, and its name in site.yaml. */
  signedBy: z.string(),
  trustedAs: z.string(),
  /** Digest over the list of all blobs (digest and size, sorted), and what they come to. */
  root: digest,
  blobs: z.int(),
  sizeBytes: z.int(),
  /** How it came in: whole, or as a delta; copied, or served in place. */
  carriedAs: z.enum(['bundle', 'delta']),
  keptAs: z.enum(['copy', 'in place']),
  /** Which checks were passed, in words. */
  checks: z.array(z.string()),
  scanner: z.strictObject({ command: z.array(z.string()), exitCode: z.int(), output: digest }).nullable(),
  /** Who brought it in (user and machine), and when it was done. */
  by: z.string(),
  at: z.string(),
});

/** What the importer signs for: who brought in what, when, and what was checked. */
export type ImportReceipt = z.infer<typeof receiptSchema>;

/** Raises E_BUNDLE_MISSING when there is none: the import did not end. Raises E_STATEMENT_INVALID. */
export async function readReceipt(file: string): Promise<SignedStatement<ImportReceipt>> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new PerimeterError('E_BUNDLE_MISSING', {
      message: `There is no import receipt: ${messageOf(cause)}`,
      hint: 'The import did not end. Run it again, it goes on where it was: perimeter bundle import FILE --to STORE --site SITE',
      cause,
    });
  });
  return readStatement(text, receiptSchema, `The import receipt ${file}`);
}

/** One digest for a set of blobs, the same in whatever order they come. */
export function rootOf(blobs: readonly { readonly digest: Digest; readonly sizeBytes: number }[]): Digest {
  const sorted = blobs
    .map((blob) => [blob.digest, blob.sizeBytes] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return digestOf(canonicalJson(sorted));
}
