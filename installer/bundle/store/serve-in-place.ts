import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { tellBytes } from '../../base/byte-progress.ts';
import { type Digest, digestOf } from '../../base/digest.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { blobPath, indexFile } from '../../oci/layout-tar.ts';
import { deltaFile } from '../delta/delta-statement.ts';
import { openMedium } from '../media/medium.ts';
import { readLayoutFile } from '../verify/scan-layout.ts';
import { verifyLayout } from '../verify/verify-layout.ts';
import { blobsOf } from './blobs-of.ts';
import type { BringInWork, BroughtIn } from './bring-in.ts';
import { hashStored } from './hash-stored.ts';
import { type LinkedMedium, linkMedium } from './link-medium.ts';
import { ownFiles } from './own-files.ts';
import { refuseImport, refuseMisfit, rotSentence } from './refuse-import.ts';
import { readSource, strangersIn, type WholeBundle, wholeBundle } from './source.ts';
import { storePaths } from './store-paths.ts';

/** Links the files of a bundle into the store and verifies what was linked; undefined where they have to be copied. */
export async function serveInPlace(work: BringInWork): Promise<BroughtIn | undefined> {
  const { store, digest, medium, stamps } = work;
  const linked = await linkMedium(store, digest, medium);
  if (linked === undefined) return undefined;
  try {
    const read = await takeLinked(work, linked);
    const scanPath = await linked.accept();
    const carried = storePaths.carried(store, digest);
    for (const name of await readdir(carried))
      await stamps.note({ file: relative(store, join(carried, name)), bundle: digest });
    return { keptAs: 'in place', copiedBytes: 0, scanPath, read };
  } catch (error) {
    await linked.drop();
    throw error;
  }
}

/** Verifies the links, not the files that were named: those may be others by now. Returns the blobs that were read. */
async function takeLinked(work: BringInWork, { path }: LinkedMedium): Promise<ReadonlySet<Digest>> {
  const { store, digest, held, events, signal } = work;
  const linked = await openMedium(path);
  try {
    const source = await readSource(linked, signal);
    const layout = wholeBundle(source, held);
    const { problems } = await verifyLayout(layout, tellBytes(events, ['bundle', 'import']), signal);
    const index = source.files.get(indexFile);
    const isSame = index !== undefined && digestOf(readLayoutFile(index)) === digest;
    const all = [
      ...problems,
      ...strangersIn(source, layout),
      ...(isSame ? [] : ['index.json was changed while it was read']),
    ];
    if (all.length > 0) {
      if (source.files.has(deltaFile)) await refuseRotten(work, layout);
      await refuseImport({ ...work, source, layout }, all, 'nothing was taken in');
    }
    for (const file of ownFiles(source))
      await writeFileAtomic(join(storePaths.bundle(store, digest), file.name), readLayoutFile(file));
    return new Set(blobsOf(layout).map((blob) => blob.digest));
  } finally {
    await linked.close();
  }
}

/** Raises E_DELTA_MISFIT when it is not the delta that is damaged, but what it counts on in the store. */
async function refuseRotten({ medium, signal }: BringInWork, layout: WholeBundle): Promise<void> {
  const stored = blobsOf(layout).flatMap(({ digest }) => {
    const file = layout.onMedium.has(digest) ? undefined : layout.files.get(blobPath(digest));
    return file === undefined ? [] : [{ digest, file }];
  });
  const whole = await hashStored(stored, undefined, signal);
  const rotten = stored.filter(({ digest }) => !whole.has(digest));
  if (rotten.length > 0) refuseMisfit(medium, rotten.map(rotSentence));
}
