import type { Digest } from '../base/digest.ts';
import { hexOf } from '../base/digest.ts';
import type { OciIndex } from '../oci/manifest.ts';
import { annotationKeys } from '../oci/media-types.ts';

/** Damage within a blob is told to this exactness, in bytes. */
export const blobChunkBytes = 4 << 20;
/** Of each hash, in hexadecimal digits. The digest of the whole blob is the proof; these only say where to look. */
const hashDigits = 32;

/** Hashes of the chunks of those blobs that have more than one. */
export interface BlobChunks {
  readonly chunkBytes: number;
  readonly hashes: ReadonlyMap<Digest, readonly string[]>;
}

export function chunkHash(sha256: string): string {
  return sha256.slice(0, hashDigits);
}

/** The text that stands in the index, under its signature: `<chunk bytes> <blob>:<hash>.<hash> <blob>:...`, sorted. */
export function formatBlobChunks({ chunkBytes, hashes }: BlobChunks): string {
  const sorted = [...hashes].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [String(chunkBytes), ...sorted.map(([digest, list]) => `${hexOf(digest)}:${list.join('.')}`)].join(
    ' ',
  );
}

/** What an index says of the chunks of its blobs; nothing where it was written by an older version. */
export function blobChunksOf(index: Pick<OciIndex, 'annotations'>): BlobChunks {
  const [first = '', ...entries] = (index.annotations?.[annotationKeys.bundleChunks] ?? '').split(' ');
  const chunkBytes = Number(first);
  if (!Number.isSafeInteger(chunkBytes) || chunkBytes < 1) return { chunkBytes: 0, hashes: new Map() };
  const hashes = entries.map((entry): [Digest, readonly string[]] => {
    const [hex = '', list = ''] = entry.split(':');
    return [`sha256:${hex}`, list.split('.')];
  });
  return { chunkBytes, hashes: new Map(hashes) };
}
