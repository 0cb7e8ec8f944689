import { tellBytes } from '../base/byte-progress.ts';
import { assertDefect, PerimeterError } from '../base/errors.ts';
import { type Events, silentEvents } from '../base/events.ts';
import type { BundleArtifact, OpenBundle } from './bundle.ts';
import { factsOfIndex } from './bundle-index.ts';
import { type ImagesLock, lockDifferences } from './images-lock.ts';
import { openSigned } from './open-signed.ts';
import type { BundleTrust } from './trust.ts';
import { VerifiedBundle } from './verified-bundle.ts';
import { type VerifiedLayout, verifyLayout } from './verify/verify-layout.ts';

export interface OpenBundleOptions {
  /** Whose bundles are taken. There is no way around it. */
  readonly trust: BundleTrust;
  /** When given, every artifact must be the one of the lock. */
  readonly lock?: ImagesLock;
  readonly events?: Events;
  readonly signal?: AbortSignal;
}

/**
 * Opens a bundle file and verifies all of it: who signed it first, then every byte. Raises E_BUNDLE_MISSING when it cannot be
 * read, E_BUNDLE_UNSIGNED, E_KEY_UNKNOWN or E_KEY_EXPIRED by the signature, E_BUNDLE_DAMAGED with artifact, blob and byte offset
 * of everything that is wrong, E_LOCK_STALE when images.lock names other artifacts. `path` may be a bundle
 * file, one of its parts or the folder that holds them. Everything stays open until `close`: what is read later is what was
 * verified, even when somebody puts another file in its place.
 */
export async function openBundle(path: string, options: OpenBundleOptions): Promise<OpenBundle> {
  return await openVerified(path, options);
}

/** The same, for those who copy the bundle as it is. */
export async function openVerified(path: string, options: OpenBundleOptions): Promise<VerifiedBundle> {
  const { trust, lock, events = silentEvents, signal } = options;
  const verify = async (layout: VerifiedLayout['layout']): Promise<VerifiedLayout> =>
    await verifyLayout(layout, tellBytes(events, ['bundle', 'verify']), signal);
  const { verified, signedBy, close } = await openSigned(path, trust, verify, { events, signal });
  try {
    if (lock !== undefined) refuseOtherLock(path, lock, verified);
    return new VerifiedBundle(path, verified, signedBy, close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** A bundle of some sets or artifacts need not hold the others. */
function refuseOtherLock(path: string, lock: ImagesLock, verified: VerifiedLayout): void {
  assertDefect(verified.index !== undefined, 'a verified bundle has an index');
  const { sets, names } = factsOfIndex(verified.index);
  const isChosen = (artifact: BundleArtifact): boolean =>
    (sets.length === 0 && names.length === 0) ||
    names.includes(artifact.name) ||
    artifact.sets.some((set) => sets.includes(set));
  const expected = lock.artifacts.filter(isChosen);
  const differences = lockDifferences({ ...lock, artifacts: expected }, verified.artifacts, true);
  if (differences.length === 0) return;
  throw new PerimeterError('E_LOCK_STALE', {
    message: `The bundle ${path} does not hold what images.lock asks for`,
    hint: 'Use the bundle that belongs to this version of the program. Where bundles are built, this writes it: npm run perimeter -- bundle build',
    findings: differences,
  });
}
