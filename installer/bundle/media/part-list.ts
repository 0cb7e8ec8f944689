import { z } from 'zod';
import type { Digest } from '../../base/digest.ts';
import type { Signer } from '../../base/signature.ts';
import { formatStatement, readStatement, type SignedStatement } from '../trust/signed-statement.ts';

const kind = 'perimeter.parts/1';
/** The name ends with this; what stands before is the name of the bundle. */
export const partListSuffix = '.parts.json';
/** Damage is told to this exactness, in bytes; a part is a whole number of chunks, but for the last. */
export const chunkBytes = 4 << 20;

const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]*$/, 'is no plain file name');
const partListSchema = z.strictObject({
  kind: z.literal(kind),
  /** Digest of the bundle's index: parts of two bundles are never taken for one. */
  bundle: z.string(),
  version: z.string(),
  sizeBytes: z.int().nonnegative(),
  chunkBytes: z.int().positive(),
  parts: z.array(z.strictObject({ name: fileName, sizeBytes: z.int().positive() })).min(1),
  /** SHA-256 in hexadecimal digits of each chunk, in order through all parts. */
  chunks: z.array(z.string().regex(/^[a-f0-9]{64}$/)),
  parity: z.strictObject({ percent: z.number(), files: z.array(fileName) }).optional(),
});

/** What lies on the media: which parts in which order, and a hash of each chunk of them. */
export type PartList = z.infer<typeof partListSchema>;

export function formatPartList(
  list: Omit<PartList, 'kind' | 'bundle'> & { readonly bundle: Digest },
  signer: Signer,
): string {
  return formatStatement({ kind, ...list }, signer);
}

/** Raises E_STATEMENT_INVALID. */
export function readPartList(text: string, file: string): SignedStatement<PartList> {
  return readStatement(text, partListSchema, `The list of parts ${file}`);
}

/** Where each part stands in the list of chunks: its first one, by which it is recognised, and how many are its own. */
export interface PartChunks {
  readonly name: string;
  readonly sizeBytes: number;
  /** Of its first chunk, counted through all parts. */
  readonly firstChunk: number;
  readonly chunkCount: number;
  /** Hash of its first chunk. */
  readonly chunk: string | undefined;
}

export function firstChunks({ parts, chunkBytes: bytes, chunks }: PartList): readonly PartChunks[] {
  let firstChunk = 0;
  return parts.map(({ name, sizeBytes }) => {
    const chunkCount = Math.ceil(sizeBytes / bytes);
    firstChunk += chunkCount;
    const first = firstChunk - chunkCount;
    return { name, sizeBytes, firstChunk: first, chunkCount, chunk: chunks[first] };
  });
}
