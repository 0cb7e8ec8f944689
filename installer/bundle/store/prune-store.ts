import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestOf, hexOf } from '../../base/digest.ts';
import { sayingWriteErrors } from '../../base/write-errors.ts';
import { blobPath } from '../../oci/layout-tar.ts';
import { layoutIndex } from '../verify/layout-index.ts';
import { readLayoutFile } from '../verify/scan-layout.ts';
import { currentOf, previousOf, readAcceptances } from './acceptances.ts';
import { blobsOf } from './blobs-of.ts';
import { completeLayout } from './complete-layout.ts';
import { storedFiles } from './own-files.ts';
import { readReceipt } from './receipt.ts';
import { StoreBlobs } from './store-blobs.ts';
import { storePaths } from './store-paths.ts';

/** What was thrown away; files that others hold by a link of their own free nothing. */
export interface Freed {
  readonly files: number;
  readonly bytes: number;
}

/** What stays of a bundle that is no longer kept: who brought it in, when, and what was checked. */
const keptFiles = ['receipt.json', 'scanner.log'];

/**
 * Throws away what neither the bundle that the store gives out needs, nor the one before it, nor `alsoNeeded`. May be cut off at any
 * file: the next time takes the rest. Where one of these bundles cannot be read, nobody knows what it needs, and nothing goes.
 */
export async function pruneStore(store: string, alsoNeeded: ReadonlySet<Digest> = new Set()): Promise<Freed> {
  const current = (await currentOf(store))?.bundle;
  if (current === undefined) return { files: 0, bytes: 0 };
  const previous = previousOf(await readAcceptances(store), current);
  const kept = [current, ...(previous === undefined ? [] : [previous])];
  const blobs = await StoreBlobs.open(store);
  try {
    const lists = kept.map((bundle) => neededBy(store, bundle, blobs));
    if (lists.includes(undefined)) return { files: 0, bytes: 0 };
    const needed = new Set([...alsoNeeded, ...lists.flatMap((list) => list ?? [])]);
    return await remove([
      ...(await idleBlobs(store, needed)),
      ...(await idleBundleFiles(store, kept, needed, blobs)),
    ]);
  } finally {
    await blobs.close();
  }
}

/** Every blob that a bundle asks for; undefined when its index or a manifest is not what it was. */
function neededBy(store: string, bundle: Digest, blobs: StoreBlobs): readonly Digest[] | undefined {
  const layout = completeLayout(storedFiles(store, bundle, blobs), ({ digest }) => blobs.find(digest));
  const index = layoutIndex(layout);
  if (index?.value === undefined || digestOf(index.text) !== bundle) return undefined;
  const areWhole = index.value.manifests.every(({ digest }) => {
    const file = layout.files.get(blobPath(digest));
    return file !== undefined && digestOf(readLayoutFile(file)) === digest;
  });
  if (!areWhole) return undefined;
  return [...blobsOf(layout), ...layout.missing].map(({ digest }) => digest);
}

/** Blobs that nobody needs, and what a killed import left half written: it holds the lock of the store no more. */
async function idleBlobs(store: string, needed: ReadonlySet<Digest>): Promise<string[]> {
  const folder = storePaths.blobs(store);
  const names = await readdir(folder).catch(() => [] as string[]);
  return names.filter((name) => !needed.has(`sha256:${name}`)).map((name) => join(folder, name));
}

async function idleBundleFiles(
  store: string,
  kept: readonly Digest[],
  needed: ReadonlySet<Digest>,
  blobs: StoreBlobs,
): Promise<string[]> {
  const folder = storePaths.bundles(store);
  const bundles = await readdir(folder);
  const served = await servedInPlace(store, kept);
  // A bundle in place may hold what a later one, a delta, counts on.
  const lenders = lendersOf(bundles, served, needed, store, blobs);
  const isKept = (bundle: string): boolean => kept.some((digest) => hexOf(digest) === bundle);
  const paths = await Promise.all(
    bundles.map(async (bundle) => {
      const names = await readdir(join(folder, bundle)).catch(() => [] as string[]);
      const idle = names.filter((name) => {
        if (name === 'carried') return !served.has(bundle) && !lenders.has(bundle);
        if (name.startsWith('carried.')) return true;
        return !isKept(bundle) && !keptFiles.includes(name);
      });
      return idle.map((name) => join(folder, bundle, name));
    }),
  );
  return paths.flat();
}

/** Those of the kept bundles (hexadecimal digits) that lie in the store as the files they came in. */
async function servedInPlace(store: string, kept: readonly Digest[]): Promise<ReadonlySet<string>> {
  const receipts = await Promise.all(
    kept.map((bundle) => readReceipt(storePaths.receipt(store, bundle)).catch(() => undefined)),
  );
  // Without a receipt nobody knows: then it stays.
  return new Set(kept.filter((_, index) => receipts[index]?.payload.keptAs !== 'copy').map(hexOf));
}

function lendersOf(
  bundles: readonly string[],
  served: ReadonlySet<string>,
  needed: ReadonlySet<Digest>,
  store: string,
  blobs: StoreBlobs,
): ReadonlySet<string> {
  const lenders = new Set<string>();
  const others = bundles.filter((bundle) => !served.has(bundle));
  for (const digest of needed) {
    if (blobs.file(storePaths.blob(store, digest)) !== undefined) continue;
    if (blobs.inCarried(digest, (bundle) => served.has(bundle) || lenders.has(bundle)) !== undefined)
      continue;
    const lender = others.find(
      (other) => blobs.inCarried(digest, (bundle) => bundle === other) !== undefined,
    );
    if (lender !== undefined) lenders.add(lender);
  }
  return lenders;
}

async function remove(paths: readonly string[]): Promise<Freed> {
  let files = 0;
  let bytes = 0;
  for (const path of paths) {
    for (const freed of await filesIn(path)) {
      files += 1;
      bytes += freed;
    }
    await sayingWriteErrors(path, () => rm(path, { recursive: true, force: true }));
  }
  return { files, bytes };
}

/** What each file there frees when it goes, in bytes: nothing while another folder holds it too. */
async function filesIn(path: string): Promise<number[]> {
  const isFolder = (await lstat(path)).isDirectory();
  const all = isFolder ? (await readdir(path)).map((name) => join(path, name)) : [path];
  const found = await Promise.all(all.map((one) => lstat(one)));
  return found.flatMap((one) => (one.isFile() ? [one.nlink === 1 ? one.size : 0] : []));
}
