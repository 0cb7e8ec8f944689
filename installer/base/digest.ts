import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** An OCI content digest, always `sha256:` and 64 hexadecimal digits. */
export type Digest = `sha256:${string}`;

const digestPattern = /^sha256:[a-f0-9]{64}$/;

export function isDigest(text: string): text is Digest {
  return digestPattern.test(text);
}

export function digestOf(content: string | Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** The digest of a file, read as a stream. */
export async function digestOfFile(path: string): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return `sha256:${hash.digest('hex')}`;
}

/** The hexadecimal part, as used in file names of an OCI layout. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** JSON with sorted keys and no spaces: the same value always gives the same bytes. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );
}
