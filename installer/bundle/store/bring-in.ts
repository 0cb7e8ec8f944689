import type { Digest } from '../../base/digest.ts';
import type { Events } from '../../base/events.ts';
import { MadeFolders } from '../../base/made-folders.ts';
import { sayingWriteErrors } from '../../base/write-errors.ts';
import type { Medium } from '../media/medium.ts';
import { blobsOf } from './blobs-of.ts';
import type { WantedBlob } from './complete-layout.ts';
import { copyIn } from './copy-in.ts';
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
  /** Of a delta: every blob that the store must have, by its own signed word. */
  readonly expected?: readonly WantedBlob[] | undefined;
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
  const { store, digest, medium, layout, held, expected = [] } = work;
  // What a damaged delta should carry and does not is told as damage; this it never carried.
  const lacking = expected.filter((blob) => held.find(blob.digest)?.sizeBytes !== blob.sizeBytes);
  if (lacking.length > 0) refuseMisfit(medium, lacking.map(lackSentence));
  const folders = new MadeFolders();
  try {
    await sayingWriteErrors(store, () => folders.make(storePaths.bundle(store, digest)));
    const isHeld = blobsOf(layout).every((blob) => held.find(blob.digest)?.sizeBytes === blob.sizeBytes);
    const inPlace = isHeld ? undefined : await serveInPlace(work);
    if (inPlace !== undefined) return inPlace;
    await sayingWriteErrors(store, () => folders.make(storePaths.blobs(store)));
    return await copyIn(work);
  } catch (error) {
    await folders.removeEmpty();
    throw error;
  }
}
