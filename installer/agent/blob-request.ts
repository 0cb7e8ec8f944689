import { type Digest, isDigest } from '../base/digest.ts';

/** What a request to a peer means. The OCI distribution grammar, and nothing beyond it. */
export type BlobRequest =
  | { readonly kind: 'version' }
  | { readonly kind: 'content'; readonly digest: Digest }
  /** A manifest by name: `repository:tag`. */
  | { readonly kind: 'tag'; readonly name: string }
  | { readonly kind: 'unknown' };

const name = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const contentPath = new RegExp(`^/v2/${name}(?:/${name})*/(?:blobs|manifests)/([a-z0-9:]+)$`);
const tagPath = new RegExp(`^/v2/(${name}(?:/${name})*)/manifests/([a-zA-Z0-9_][a-zA-Z0-9._-]{0,127})$`);
const longestPath = 400;

export function parseBlobRequest(url: string): BlobRequest {
  const path = url.split('?', 1)[0] ?? '';
  if (path.length > longestPath) return { kind: 'unknown' };
  if (path === '/v2/' || path === '/v2') return { kind: 'version' };
  const digest = contentPath.exec(path)?.[1];
  if (digest !== undefined && isDigest(digest)) return { kind: 'content', digest };
  const [, repository, tag] = tagPath.exec(path) ?? [];
  return tag === undefined ? { kind: 'unknown' } : { kind: 'tag', name: `${repository}:${tag}` };
}

export interface ByteRange {
  readonly start: number;
  /** First byte that is not wanted. */
  readonly end: number;
}

/** One range of RFC 9110; 'whole' when there is none to honour, 'unsatisfiable' when it lies outside the blob. */
export function parseRange(
  header: string | undefined,
  sizeBytes: number,
): ByteRange | 'whole' | 'unsatisfiable' {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null) return 'whole';
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return 'whole';
  if (first === '') {
    const suffix = Number(last);
    return suffix === 0 ? 'unsatisfiable' : { start: Math.max(0, sizeBytes - suffix), end: sizeBytes };
  }
  const start = Number(first);
  const end = last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes);
  return start < end ? { start, end } : 'unsatisfiable';
}
