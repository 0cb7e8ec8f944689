import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chunkBytes, chunkCount } from '../agent/chunks.ts';
import { type Digest, hexOf } from '../base/digest.ts';
import { PerimeterError } from '../base/errors.ts';
import { cacheDirectory, writeFileAtomic } from '../base/files.ts';
import type { OpenBundle } from '../bundle/bundle.ts';

interface Sized {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/**
 * The hash of every chunk of a blob, read and proved against the blob's own digest once and remembered: a node that has
 * checked every chunk has thereby checked the whole.
 */
export async function chunkHashesOf(bundle: OpenBundle, blob: Sized): Promise<Buffer> {
  const path = join(cacheDirectory('chunk-hashes'), hexOf(blob.digest));
  const known = await readFile(path).catch(() => undefined);
  if (known !== undefined && known.length === chunkCount(blob.sizeBytes) * 32) return known;
  const hashes = await hashChunks(bundle, blob);
  await writeFileAtomic(path, hashes);
  return hashes;
}

async function hashChunks(bundle: OpenBundle, blob: Sized): Promise<Buffer> {
  const whole = createHash('sha256');
  const hashes: Buffer[] = [];
  let chunk = createHash('sha256');
  let filled = 0;
  const flush = (): void => {
    hashes.push(chunk.digest());
    chunk = createHash('sha256');
    filled = 0;
  };
  for await (const piece of bundle.blobPieces(blob.digest, 0)) {
    whole.update(piece);
    for (let taken = 0; taken < piece.length; ) {
      const part = piece.subarray(taken, taken + chunkBytes - filled);
      chunk.update(part);
      filled += part.length;
      taken += part.length;
      if (filled === chunkBytes) flush();
    }
  }
  if (filled > 0) flush();
  if (`sha256:${whole.digest('hex')}` !== blob.digest || hashes.length !== chunkCount(blob.sizeBytes)) {
    throw new PerimeterError('E_BUNDLE_DAMAGED', {
      message: `Blob ${blob.digest} in ${bundle.path} is not what its name says.`,
      hint: `Copy the bundle again and check it with: perimeter bundle verify ${bundle.path}`,
    });
  }
  return Buffer.concat(hashes);
}
