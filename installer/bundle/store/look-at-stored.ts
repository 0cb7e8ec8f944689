import { byteProgress } from '../../base/byte-progress.ts';
import { type Digest, digestOf, hexOf } from '../../base/digest.ts';
import { type Events, silentEvents } from '../../base/events.ts';
import { indexFile } from '../../oci/layout-tar.ts';
import { readSignature } from '../trust/bundle-signature.ts';
import { readLayoutFile } from '../verify/scan-layout.ts';
import { verifyListing } from '../verify/verify-layout.ts';
import { blobsOf } from './blobs-of.ts';
import { completeLayout } from './complete-layout.ts';
import { hashStored } from './hash-stored.ts';
import { storedFiles } from './own-files.ts';
import type { Stamps } from './stamps.ts';
import { StoreBlobs } from './store-blobs.ts';

export interface LookOptions {
  /** True for a blob that needs not be read; `paths` are the files of the store that it lies in. */
  readonly isKnown: (blob: Digest, paths: readonly string[]) => boolean | Promise<boolean>;
  /** Gets what was read and found good. */
  readonly stamps: Stamps;
  readonly events?: Events | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Looks at a bundle as it lies in the store, as those who open it will, and tells in sentences what is wrong with it. */
export async function lookAtStored(
  store: string,
  bundle: Digest,
  { isKnown, stamps, events = silentEvents, signal }: LookOptions,
): Promise<readonly string[]> {
  const blobs = await StoreBlobs.open(store);
  try {
    const layout = completeLayout(storedFiles(store, bundle, blobs), ({ digest }) => blobs.find(digest));
    const { problems } = await verifyListing(layout, signal);
    const index = layout.files.get(indexFile);
    if (index === undefined || digestOf(readLayoutFile(index)) !== bundle)
      return [...problems, `${store}: the index is not that of the bundle ${bundle}`];
    if (readSignature(layout).state !== 'signed')
      return [...problems, `${store}: the signature of the bundle ${bundle} is damaged`];
    const stored = blobsOf(layout).flatMap(({ digest }) => {
      const found = blobs.locate(digest);
      return found === undefined ? [] : [{ digest, ...found }];
    });
    const known = await Promise.all(stored.map(async ({ digest, paths }) => await isKnown(digest, paths)));
    const unread = stored.filter((_, place) => known[place] !== true);
    const total = unread.reduce((sum, { file }) => sum + file.sizeBytes, 0);
    const whole = await hashStored(unread, byteProgress(events, ['bundle', 'store'], total), signal);
    const rotten = unread.filter(({ digest }) => !whole.has(digest));
    await noteWhole(unread, whole, bundle, stamps);
    return [
      ...problems,
      ...rotten.map(({ digest, paths }) => `blob ${digest} in ${paths.join(', ')} is damaged`),
    ];
  } finally {
    await blobs.close();
  }
}

/**
 * A file that holds several blobs is good only when all of them are: one that came in with another bundle may hold more than was read
 * here.
 */
async function noteWhole(
  read: readonly { readonly digest: Digest; readonly paths: readonly string[] }[],
  whole: ReadonlySet<Digest>,
  bundle: Digest,
  stamps: Stamps,
): Promise<void> {
  const bad = new Set(read.filter(({ digest }) => !whole.has(digest)).flatMap(({ paths }) => paths));
  const isOwn = (file: string): boolean =>
    file.startsWith('blobs/') || file.startsWith(`bundles/${hexOf(bundle)}/`);
  for (const { paths } of read) {
    for (const file of paths) if (isOwn(file) && !bad.has(file)) await stamps.note({ file, bundle });
  }
}
