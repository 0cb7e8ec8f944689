import { join } from 'node:path';
import type { Digest } from '../../base/digest.ts';
import { indexFile, layoutFile } from '../../oci/layout-tar.ts';
import { deltaFile } from '../delta/delta-statement.ts';
import { signatureFileNames } from '../trust/bundle-signature.ts';
import type { LayoutFile, ScannedLayout } from '../verify/scan-layout.ts';
import type { StoreBlobs } from './store-blobs.ts';
import { storePaths } from './store-paths.ts';

const names = [layoutFile, indexFile, ...signatureFileNames];

/** The small files of a bundle on a medium: all that are no blobs. */
export function ownFiles(source: ScannedLayout): LayoutFile[] {
  return [...source.files.values()].filter(({ name }) => !name.startsWith('blobs/') && name !== deltaFile);
}

/** Marker, index and signature of a bundle in the store. */
export function storedFiles(store: string, bundle: Digest, blobs: StoreBlobs): LayoutFile[] {
  const files = names.map((name) => blobs.file(join(storePaths.bundle(store, bundle), name), name));
  return files.filter((file) => file !== undefined);
}
