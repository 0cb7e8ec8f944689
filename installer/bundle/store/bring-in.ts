import type { Digest } from '../../base/digest.ts';
import type { Events } from '../../base/events.ts';
import { deltaFile } from '../delta/delta-statement.ts';
import type { Medium } from '../media/medium.ts';
import { blobsOf } from './blobs-of.ts';
import { copyIn } from './copy-in.ts';
import { MadeFolders } from './made-folders.ts';
import { lackSentence, refuseMisfit } from './refuse-import.ts';
import { serveInPlace } from './serve-in-place.ts';
import type { Source, WholeBundle } from './source.ts';
import type { Stamps } from './stamps.ts';
import type { StoreBlobs } from './store-blobs.ts';
import { storePaths } from './store-paths.ts';

export interface BringInWork {
  readonly store: string;
  readonly digest: Digest;
  readonly medium: Medium;
  /** What lies on the medium, and the whole bundle out of medium and store. */
  readonly source: Source;
  readonly layout: WholeBundle;
  /** What the store has already, but for files of this very bundle that are served in place. */
  readonly held: StoreBlobs;
  readonly stamps: Stamps;
  readonly events: Events;
  readonly signal?: AbortSignal | undefined;
}

export interface BroughtIn {
  readonly keptAs: 'copy' | 'in place';
  readonly copiedBytes: number;
  /** Image layout (folder) or bundle file, for a scanner. */
  readonly scanPath: string;
  /** The blobs that were read from end to end on this way. */
  readonly read: ReadonlySet<Digest>;
}

/**
 * Puts everything of a bundle into the store, never a second copy: where medium and store are one file system, the files are linked
 * and served in place. Everything is read on its way, what was there before as well. What fails leaves no empty folders.
 */
export async function bringIn(work: BringInWork): Promise<BroughtIn> {
  const { store, digest, medium, source, layout, held } = work;
  // A damaged delta may lack what it should carry; that is told as damage.
  if (source.files.has(deltaFile) && source.broken === undefined && layout.missing.length > 0)
    refuseMisfit(medium, layout.missing.map(lackSentence));
  const folders = new MadeFolders();
  try {
    await folders.make(storePaths.bundle(store, digest));
    const isHeld = blobsOf(layout).every((blob) => held.find(blob.digest)?.sizeBytes === blob.sizeBytes);
    const inPlace = isHeld ? undefined : await serveInPlace(work);
    if (inPlace !== undefined) return inPlace;
    await folders.make(storePaths.blobs(store));
    return await copyIn(work);
  } catch (error) {
    await folders.removeEmpty();
    throw error;
  }
}
