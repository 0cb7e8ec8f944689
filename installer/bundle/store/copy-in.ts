import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { byteProgress } from '../../base/byte-progress.ts';
import type { Digest } from '../../base/digest.ts';
import { isPerimeterError } from '../../base/errors.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { requireFreeRoom } from '../../base/free-room.ts';
import { sayingWriteErrors } from '../../base/write-errors.ts';
import { blobPath } from '../../oci/layout-tar.ts';
import { deltaFile } from '../delta/delta-statement.ts';
import { type LayoutFile, readLayoutFile } from '../verify/scan-layout.ts';
import { describeDamage, verifyListing } from '../verify/verify-layout.ts';
import { blobsOf } from './blobs-of.ts';
import type { BringInWork, BroughtIn } from './bring-in.ts';
import { copyBlobs } from './copy-blobs.ts';
import { hashStored } from './hash-stored.ts';
import { ownFiles } from './own-files.ts';
import { pruneStore } from './prune-store.ts';
import { refuseImport, refuseMisfit, rotSentence } from './refuse-import.ts';
import { strangersIn } from './source.ts';
import type { StoredBlob } from './store-blobs.ts';
import { storePaths } from './store-paths.ts';

/** Copies what the store does not have whole. Raises E_BUNDLE_DAMAGED with all that is wrong on the medium, after the rest came in. */
export async function copyIn(work: BringInWork): Promise<BroughtIn> {
  const { store, digest, medium, source, layout, stamps, events, signal } = work;
  const folder = storePaths.bundle(store, digest);
  const there = storedBlobs(work);
  let total = sizeOfAll(there.map(({ file }) => file));
  // Bytes read out of the store to look at them, and bytes off the medium. How many the latter are shows only when the former were read.
  const onBytes = byteProgress(events, ['bundle', 'import'], () => total);
  const whole = await wholeOf(there, work, onBytes);
  const lacking = blobsOf(layout).filter((blob) => !whole.has(blob.digest));
  const files = lacking.flatMap((blob) => layout.onMedium.get(blob.digest) ?? []);
  const rotten = lacking.filter((blob) => !layout.onMedium.has(blob.digest));
  if (source.files.has(deltaFile) && source.broken === undefined && rotten.length > 0)
    refuseMisfit(medium, rotten.map(rotSentence));
  await requireRoom(work, files);
  const { problems: structure } = await verifyListing(layout, signal);
  total += sizeOfAll(files);
  const copying = { store, bundle: digest, stamps, onBytes, signal };
  const { copied, copiedBytes, problems: damaged } = await copyBlobs(files, copying);
  // A manifest was read for its structure already, and what is wrong with it is told.
  const news = [...damaged].filter(([blob]) => !structure.some((told) => told.includes(blob)));
  const named = await nameDamage(work, news);
  const problems = [...structure, ...strangersIn(source, layout), ...named];
  const cameIn = copied.size + whole.size === 0 ? 'nothing came in' : 'what was whole came in and stays';
  if (problems.length > 0) await refuseImport(work, problems, cameIn);
  for (const file of ownFiles(source)) await writeFileAtomic(join(folder, file.name), readLayoutFile(file));
  await linkBlobs(folder);
  return { keptAs: 'copy', copiedBytes, scanPath: folder, read: new Set([...whole, ...copied]) };
}

/** Sentences about blobs that were not copied whole: of which artifact, and where within them. */
async function nameDamage(
  { layout, signal }: BringInWork,
  damaged: readonly (readonly [Digest, string])[],
): Promise<readonly string[]> {
  const files = damaged.flatMap(([blob]) => layout.files.get(blobPath(blob)) ?? []);
  const told = await describeDamage(layout, files, signal);
  // A medium may give other bytes the second time: then what was seen first is all there is to say.
  return damaged.map(([blob, sentence]) => told.find((one) => one.includes(blob)) ?? sentence);
}

interface NamedBlob extends StoredBlob {
  readonly digest: Digest;
}

/** The blobs that are here already, by their sizes. */
function storedBlobs({ layout, held }: BringInWork): readonly NamedBlob[] {
  return blobsOf(layout).flatMap(({ digest, sizeBytes }) => {
    const found = held.locate(digest);
    return found?.file.sizeBytes === sizeBytes ? [{ digest, ...found }] : [];
  });
}

/** Those of them that are what their digests say: who signs that all were read, has read these too. */
async function wholeOf(
  there: readonly NamedBlob[],
  { digest: bundle, stamps, signal }: BringInWork,
  onBytes: (bytes: number) => void,
): Promise<ReadonlySet<Digest>> {
  const whole = await hashStored(there, onBytes, signal);
  for (const { digest, paths } of there)
    for (const file of paths)
      if (whole.has(digest) && file.startsWith('blobs/')) await stamps.note({ file, bundle });
  return whole;
}

/** For each blob a line of the journal; index, receipt and the other small files together. In bytes. */
const lineBytes = 400;
const smallFileBytes = 32_768;

async function requireRoom(
  { store, source, layout }: BringInWork,
  files: readonly LayoutFile[],
): Promise<void> {
  const own = ownFiles(source).map(({ sizeBytes }) => sizeBytes);
  const needed = {
    what: `The store ${store}`,
    folder: store,
    sizes: [...files.map(({ sizeBytes }) => sizeBytes), ...own, lineBytes * files.length, smallFileBytes],
    hint: 'Make room there, or name another place: --to STORE. Nothing was copied.',
  };
  try {
    await requireFreeRoom(needed);
  } catch (error) {
    if (!isPerimeterError(error, 'E_DISK_FULL')) throw error;
    // What no bundle needs any more is in the way.
    const freed = await pruneStore(store, new Set(blobsOf(layout).map(({ digest }) => digest)));
    if (freed.files === 0) throw error;
    await requireFreeRoom(needed);
  }
}

/** So that the folder of a bundle is an image layout. */
async function linkBlobs(folder: string): Promise<void> {
  const path = join(folder, 'blobs');
  await sayingWriteErrors(path, () =>
    symlink('../../blobs', path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    }),
  );
}

function sizeOfAll(files: readonly LayoutFile[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
