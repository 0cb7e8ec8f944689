import { z } from 'zod';
import { canonicalJson, type Digest, digestOf } from '../../base/digest.ts';
import { PerimeterError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';
import { jsonOf } from '../../base/json.ts';
import { fingerprintOf, isSignedBy, type Signer } from '../../base/signature.ts';

/** Something said under a signature: what, by which key. Readable as it is; kept as one JSON file. */
export interface SignedStatement<T> {
  readonly payload: T;
  /** PEM of the key that signed. Whether that key is trusted is for the reader to decide. */
  readonly publicKey: string;
  readonly fingerprint: string;
  /** Names the statement. */
  readonly digest: Digest;
}

const envelope = z.strictObject({
  payload: z.record(z.string(), z.unknown()),
  publicKey: z.string(),
  signature: z.string(),
});

/** The file's text. Signed is the payload as JSON with sorted keys and no spaces: `jq -jcS .payload FILE` prints those bytes. */
export function formatStatement(payload: JsonObject, signer: Signer): string {
  const signature = signer.sign(canonicalJson(payload));
  return `${JSON.stringify({ payload, publicKey: signer.publicKey, signature }, undefined, 2)}\n`;
}

/** Reads a statement and holds its signature against the key that it names. `what` names it in E_STATEMENT_INVALID. */
export function readStatement<S extends z.ZodType>(
  text: string,
  schema: S,
  what: string,
): SignedStatement<z.output<S>> {
  const outer = envelope.safeParse(jsonOf(text));
  if (!outer.success) throw invalid(`${what} is no signed statement, or it is damaged`);
  const { payload, publicKey, signature } = outer.data;
  const fingerprint = fingerprintOf(publicKey);
  if (fingerprint === undefined || !isSignedBy(publicKey, canonicalJson(payload), signature))
    throw invalid(`${what} was changed after it was signed: its signature does not fit`);
  const inner = schema.safeParse(payload);
  if (!inner.success) throw invalid(`${what} is a signed statement, but of another kind`);
  return { payload: inner.data, publicKey, fingerprint, digest: digestOf(canonicalJson(payload)) };
}

function invalid(message: string): PerimeterError {
  return new PerimeterError('E_STATEMENT_INVALID', {
    message,
    hint: 'Ask whoever wrote it for the file again, and compare both by sha256sum.',
  });
}
