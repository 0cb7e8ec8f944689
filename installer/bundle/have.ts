import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { type Digest, isDigest } from '../base/digest.ts';
import { messageOf, PerimeterError } from '../base/errors.ts';
import type { Signer } from '../base/signature.ts';
import { blobsOf } from './store/blobs-of.ts';
import { formatStatement, readStatement, type SignedStatement } from './trust/signed-statement.ts';
import type { VerifiedBundle } from './verified-bundle.ts';

const kind = 'perimeter.have/1';
const digest = z.string().refine((text): text is Digest => isDigest(text), 'is not a sha256 digest');
const haveSchema = z.strictObject({
  kind: z.literal(kind),
  site: z.string(),
  bundle: digest,
  version: z.string(),
  sequence: z.int(),
  at: z.string(),
  /** Every blob, as hexadecimal digits of its SHA-256, sorted. */
  blobs: z.array(z.string().regex(/^[a-f0-9]{64}$/)),
});

/** What a site holds, as it says under its importer's signature; carried out, so that only what is new comes in. */
export type Have = z.infer<typeof haveSchema>;

export function formatHave(site: string, bundle: VerifiedBundle, signer: Signer): string {
  const { digest: of, version, sequence } = bundle;
  const blobs = blobsOf(bundle.layout)
    .map((blob) => blob.digest.slice('sha256:'.length))
    .toSorted();
  return formatStatement(
    { kind, site, bundle: of, version, sequence, at: new Date().toISOString(), blobs },
    signer,
  );
}

/** Raises E_STATEMENT_INVALID. Whether the signer is one that the reader knows is for the reader to ask. */
export async function readHave(file: string): Promise<SignedStatement<Have>> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new PerimeterError('E_STATEMENT_INVALID', {
      message: `The receipt ${file} cannot be read: ${messageOf(cause)}`,
      hint: 'On the closed side this writes one: perimeter site have SITE --out FILE',
      cause,
    });
  });
  return readStatement(text, haveSchema, `The receipt ${file}`);
}
