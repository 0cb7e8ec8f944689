import { PerimeterError } from '../../base/errors.ts';
import type { Site } from '../../site/site.ts';
import { admitBundle, type UsedDowngrade } from '../accepted-bundles.ts';
import type { OpenBundle } from '../bundle.ts';
import { readDowngrade } from '../downgrade.ts';
import { type Acceptance, currentOf, readAcceptances, refuseUsed } from './acceptances.ts';

export interface ImportAdmission {
  /** What was found about the bundle's age, in the words of the receipt. */
  readonly age: string;
  /** By what it may come in although it is older. */
  readonly downgrade?: UsedDowngrade;
}

type Candidate = Pick<OpenBundle, 'path' | 'digest' | 'version' | 'sequence'>;

/**
 * Refuses a bundle that is older than what lies in the store, or, in an empty store, than what the site has: E_BUNDLE_OLDER. A signed
 * downgrade lets it through, once. Writes nothing.
 */
export async function admitImport(
  store: string,
  site: Site,
  bundle: Candidate,
  downgradeFile: string | undefined,
): Promise<ImportAdmission> {
  const current = await currentOf(store);
  const admission =
    current === undefined
      ? await admitBySite(site, bundle, downgradeFile)
      : await admitByStore(store, site, bundle, current, downgradeFile);
  if (admission.downgrade !== undefined)
    refuseUsed(
      await readAcceptances(store),
      current?.bundle,
      bundle.digest,
      admission.downgrade,
      downgradeFile ?? '',
    );
  return admission;
}

async function admitBySite(
  site: Site,
  bundle: Candidate,
  downgradeFile: string | undefined,
): Promise<ImportAdmission> {
  const { note, downgrade } = await admitBundle(site, bundle, downgradeFile);
  const age = note ?? 'not older than what the site has';
  return { age, ...(downgrade === undefined ? {} : { downgrade }) };
}

async function admitByStore(
  store: string,
  site: Site,
  bundle: Candidate,
  current: Acceptance,
  downgradeFile: string | undefined,
): Promise<ImportAdmission> {
  if (bundle.sequence >= current.sequence) return { age: 'not older than what the store had' };
  if (downgradeFile === undefined)
    throw new PerimeterError('E_BUNDLE_OLDER', {
      message: `The bundle ${bundle.path} (version ${bundle.version}, sequence ${bundle.sequence}) is older than the one in the store (version ${current.version}, sequence ${current.sequence}), which came in at ${current.at}`,
      hint: `Bring the newer bundle in. If the older one is really wanted, let it be signed for, by a key of site.yaml, and hand that in:\n  perimeter bundle downgrade ${bundle.path} --site ${site.directory} --store ${store} --reason "WHY" --out downgrade.json\n  perimeter bundle import ${bundle.path} --site ${site.directory} --to ${store} --downgrade downgrade.json`,
    });
  const { payload, digest, fingerprint } = await readDowngrade(downgradeFile, site, bundle, {
    digest: current.bundle,
  });
  const { reason } = payload;
  return {
    age: `older than what the store had (sequence ${current.sequence}), let through by a signed downgrade: ${reason}`,
    downgrade: { statement: digest, reason, key: fingerprint },
  };
}
