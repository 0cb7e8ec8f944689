import { readdir, stat } from 'node:fs/promises';
import { hexOf } from '../../base/digest.ts';
import { isPerimeterError, PerimeterError } from '../../base/errors.ts';
import type { OpenedLayout } from '../media/open-layout.ts';
import type { SignedStatement } from '../trust/signed-statement.ts';
import { requireTrusted } from '../trust.ts';
import { readCurrent } from './acceptances.ts';
import { completeLayout } from './complete-layout.ts';
import { storedFiles } from './own-files.ts';
import { type ImportReceipt, readReceipt } from './receipt.ts';
import { StoreBlobs } from './store-blobs.ts';
import { storePaths } from './store-paths.ts';

/** True for the folder that `bundle import` fills. */
export async function isStore(path: string): Promise<boolean> {
  const found = await stat(storePaths.bundles(path)).catch(() => undefined);
  return found?.isDirectory() === true;
}

/** Opens the bundle of a store that was accepted last. Raises E_BUNDLE_MISSING when there is none yet. */
export async function openStoredLayout(store: string): Promise<OpenedLayout> {
  const current = await readCurrent(store);
  if (current === undefined) {
    const begun = (await readdir(storePaths.bundles(store))).length > 0;
    throw new PerimeterError('E_BUNDLE_MISSING', {
      message: `No bundle was accepted into the store ${store}${begun ? ': an import was begun, but did not end' : ''}`,
      hint: 'Bring one in, or go on with it: perimeter bundle import FILE --to STORE --site SITE',
    });
  }
  const howToMend = `Bring the same bundle in again; what is damaged here is replaced: perimeter bundle import FILE --to ${store} --again --site SITE`;
  const receipt = await storedReceipt(storePaths.receipt(store, current), howToMend);
  const blobs = await StoreBlobs.open(store);
  try {
    const layout = completeLayout(storedFiles(store, current, blobs), ({ digest }) => blobs.find(digest));
    const unreadable = blobs.unreadable.get(hexOf(current));
    if (unreadable !== undefined && layout.missing.length > 0)
      throw new PerimeterError('E_BUNDLE_DAMAGED', {
        message: `The store ${store} is damaged: ${unreadable.message}`,
        hint: howToMend,
        findings: unreadable.findings,
        cause: unreadable,
      });
    return {
      path: store,
      layout,
      howToMend: () => howToMend,
      findDamage: async () => [],
      refuseStranger(digest, _vouchers, trust) {
        if (trust.importers !== undefined)
          requireTrusted(`The import receipt of ${store}`, [receipt.fingerprint], trust.importers);
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

async function storedReceipt(file: string, howToMend: string): Promise<SignedStatement<ImportReceipt>> {
  try {
    return await readReceipt(file);
  } catch (error) {
    if (!isPerimeterError(error, 'E_STATEMENT_INVALID')) throw error;
    throw new PerimeterError('E_STATEMENT_INVALID', {
      message: error.message,
      hint: howToMend,
      cause: error,
    });
  }
}
