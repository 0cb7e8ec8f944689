import { join } from 'node:path';
import type { Digest } from '../../base/digest.ts';
import { assertDefect, isPerimeterError, PerimeterError } from '../../base/errors.ts';
import { mapParallel } from '../../base/parallel.ts';
import { digestOfBlobPath } from '../../oci/layout-tar.ts';
import type { LayoutFile } from '../verify/scan-layout.ts';
import { copyBlob } from './copy-blob.ts';
import type { Stamps } from './stamps.ts';

/** One reads and writes while the other hashes. */
const sideBySide = 2;

export interface CopyWork {
  readonly store: string;
  readonly bundle: Digest;
  readonly stamps: Stamps;
  readonly onBytes: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface CopiedBlobs {
  readonly copied: ReadonlySet<Digest>;
  readonly copiedBytes: number;
  /** What is wrong with those that are damaged on the medium, in sentences. */
  readonly problems: ReadonlyMap<Digest, string>;
}

/**
 * Copies blobs off the medium and journals each. One that is damaged or cannot be read does not keep the others from coming in; at
 * the end E_MEDIUM names all that cannot be read. A store that cannot take one takes no further ones.
 */
export async function copyBlobs(files: readonly LayoutFile[], work: CopyWork): Promise<CopiedBlobs> {
  const { store, bundle, stamps, onBytes, signal } = work;
  const copied = new Set<Digest>();
  const problems = new Map<Digest, string>();
  const unreadable: PerimeterError[] = [];
  let copiedBytes = 0;
  let isOver = false;
  const copyOne = async (file: LayoutFile): Promise<void> => {
    const { name, offset, sizeBytes } = file;
    const digest = digestOfBlobPath(name);
    assertDefect(digest !== undefined, `${name} is no blob`);
    const place = `blob ${digest} (bytes ${offset} to ${offset + sizeBytes})`;
    const result = await copyBlob(file, digest, join(store, name), onBytes, signal);
    if (result === 'copied, padding damaged')
      problems.set(digest, `${place}: the empty bytes after it are damaged`);
    if (result === 'damaged') {
      problems.set(digest, `${place} is damaged`);
      return;
    }
    copied.add(digest);
    copiedBytes += sizeBytes;
    await stamps.note({ file: name, bundle });
  };
  await mapParallel(files, sideBySide, async (file) => {
    if (isOver) return;
    try {
      signal?.throwIfAborted();
      await copyOne(file);
    } catch (error) {
      if (isPerimeterError(error, 'E_MEDIUM')) unreadable.push(error);
      else {
        isOver = true;
        throw error;
      }
    }
  });
  const [first] = unreadable;
  if (first !== undefined)
    throw new PerimeterError('E_MEDIUM', {
      message: first.message,
      hint: first.hint,
      retryable: true,
      findings: [...unreadable.map(({ message }) => message), ...problems.values()],
      cause: first,
    });
  return { copied, copiedBytes, problems };
}
