import { readFile } from 'node:fs/promises';
import { isDigest } from '../../base/digest.ts';
import { PerimeterError } from '../../base/errors.ts';
import type { Site } from '../../site/site.ts';
import { admitBundle } from '../accepted-bundles.ts';
import type { OpenBundle } from '../bundle.ts';
import { readDowngrade } from '../downgrade.ts';
import { type ImportReceipt, readReceipt } from './receipt.ts';
import { storePaths } from './store-paths.ts';

/**
 * Refuses a bundle that is older than what lies in the store, or, in an empty store, than what the site has: E_BUNDLE_OLDER. A signed
 * downgrade lets it through; returns the words for the receipt.
 */
export async function admitImport(
  store: string,
  site: Site,
  bundle: Pick<OpenBundle, 'path' | 'digest' | 'version' | 'sequence'>,
  downgradeFile: string | undefined,
): Promise<string> {
  const current = await currentOf(store);
  if (current === undefined) {
    const { note } = await admitBundle(site, bundle, downgradeFile);
    return note ?? 'not older than what the site has';
  }
  if (bundle.sequence >= current.sequence) return 'not older than what the store had';
  if (downgradeFile === undefined)
    throw new PerimeterError('E_BUNDLE_OLDER', {
      message: `The bundle ${bundle.path} (version ${bundle.version}, sequence ${bundle.sequence}) is older than the one in the store (version ${current.version}, sequence ${current.sequence}), which came in at ${current.at}`,
      hint: `Bring the newer bundle in. If the older one is really wanted, let it be signed for, by a key of site.yaml, and hand that in:\n  perimeter bundle downgrade ${bundle.path} --site ${site.directory} --store ${store} --reason "WHY" --out downgrade.json\n  perimeter bundle import ${bundle.path} --site ${site.directory} --to ${store} --downgrade downgrade.json`,
    });
  const { payload } = await readDowngrade(downgradeFile, site, bundle, { digest: current.bundle });
  return `older than what the store had (sequence ${current.sequence}), let through by a signed downgrade: ${payload.reason}`;
}

/** The receipt of what lies in the store now; undefined while it is empty. */
export async function currentOf(store: string): Promise<ImportReceipt | undefined> {
  const current = (await readFile(storePaths.current(store), 'utf8').catch(() => '')).trim();
  return isDigest(current) ? (await readReceipt(storePaths.receipt(store, current))).payload : undefined;
}
