import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, isDigest } from '../../base/digest.ts';
import { PerimeterError } from '../../base/errors.ts';
import { indexFile, layoutFile } from '../../oci/layout-tar.ts';
import type { OpenedLayout } from '../media/open-layout.ts';
import { signatureFileNames } from '../trust/bundle-signature.ts';
import { requireTrusted } from '../trust.ts';
import type { LayoutFile } from '../verify/scan-layout.ts';
import { completeLayout } from './complete-layout.ts';
import { readReceipt } from './receipt.ts';
import { StoreBlobs } from './store-blobs.ts';
import { storePaths } from './store-paths.ts';

/** True for the folder that `bundle import` fills. */
export async function isStore(path: string): Promise<boolean> {
  const found = await stat(storePaths.bundles(path)).catch(() => undefined);
  return found?.isDirectory() === true;
}

/** Opens the bundle of a store that was accepted last. Raises E_BUNDLE_MISSING when there is none yet. */
export async function openStoredLayout(store: string): Promise<OpenedLayout> {
  const current = (await readFile(storePaths.current(store), 'utf8').catch(() => '')).trim();
  if (!isDigest(current)) {
    const begun = (await readdir(storePaths.bundles(store))).length > 0;
    throw new PerimeterError('E_BUNDLE_MISSING', {
      message: `No bundle was accepted into the store ${store}${begun ? ': an import was begun, but did not end' : ''}`,
      hint: 'Bring one in, or go on with it: perimeter bundle import FILE --to STORE --site SITE',
    });
  }
  const receipt = await readReceipt(storePaths.receipt(store, current));
  const blobs = await StoreBlobs.open(store);
  try {
    const layout = completeLayout(ownFiles(store, current, blobs), (digest) => blobs.find(digest));
    return {
      path: store,
      layout,
      howToMend: `Bring the same bundle in again; what is damaged here is replaced: perimeter bundle import FILE --to ${store} --again --site SITE`,
      findDamage: async () => [],
      refuseStranger(digest, _vouchers, trust) {
        const keys = trust.importerKeys ?? [];
        if (keys.length > 0)
          requireTrusted(`The import receipt of ${store}`, [receipt.fingerprint], { ...trust, keys });
        if (receipt.payload.bundle === digest) return;
        throw new PerimeterError('E_STATEMENT_INVALID', {
          message: `The import receipt in ${store} is about ${receipt.payload.bundle}, but the store holds ${digest}`,
          hint: 'Import the bundle again: perimeter bundle import FILE --to STORE --site SITE',
        });
      },
      close: async () => await blobs.close(),
    };
  } catch (error) {
    await blobs.close();
    throw error;
  }
}

/** Marker, index and signature of a bundle in the store. */
function ownFiles(store: string, bundle: Digest, blobs: StoreBlobs): LayoutFile[] {
  const names = [layoutFile, indexFile, ...signatureFileNames];
  const files = names.map((name) => blobs.file(join(storePaths.bundle(store, bundle), name), name));
  return files.filter((file) => file !== undefined);
}
