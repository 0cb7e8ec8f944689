import { tellBytes } from '../base/byte-progress.ts';
import type { Digest } from '../base/digest.ts';
import { assertDefect } from '../base/errors.ts';
import { silentEvents } from '../base/events.ts';
import type { BundleListing } from './bundle.ts';
import { type Delta, isDelta, readDelta, requireOwnIndex } from './delta/delta-statement.ts';
import { ListedBundle } from './listed-bundle.ts';
import { openMedium } from './media/medium.ts';
import { layoutOfMedium } from './media/open-layout.ts';
import type { OpenBundleOptions } from './open-bundle.ts';
import { verifySigned } from './open-signed.ts';
import { isStore } from './store/open-store.ts';
import { requireTrusted } from './trust.ts';
import { blobIn, type ScannedLayout, scanLayout } from './verify/scan-layout.ts';
import { verifyLayout } from './verify/verify-layout.ts';

/** A delta whose every byte was verified. What it carries is known; the bundle is whole only together with a site's store. */
export interface OpenDelta
  extends Pick<BundleListing, 'path' | 'digest' | 'version' | 'sequence' | 'signedBy' | 'artifacts'> {
  readonly delta: Delta;
  readonly carriedBytes: number;
  /** Of the delta as one file. */
  readonly sizeBytes: number;
  readonly layout: ScannedLayout;
  /** The artifacts of which something is carried, and how much. */
  carriedOf(): readonly CarriedArtifact[];
  close(): Promise<void>;
}

export interface CarriedArtifact {
  readonly artifact: OpenDelta['artifacts'][number];
  /** What is attached to it included. */
  readonly carriedBytes: number;
}

/**
 * Opens a delta and verifies all that it carries: signatures, every byte, and that it carries what it says. Undefined for what is no
 * delta. Whether it fits a site shows only there. Raises what `openBundle` raises.
 */
export async function openDelta(path: string, options: OpenBundleOptions): Promise<OpenDelta | undefined> {
  if (await isStore(path)) return undefined;
  const { trust, events = silentEvents, signal } = options;
  const medium = await openMedium(path);
  const layout = scanLayout(medium.extents);
  if (!isDelta(layout)) {
    await medium.close();
    return undefined;
  }
  const verify = async () => {
    const statement = readDelta(layout);
    const said = statement?.payload;
    const elsewhere = new Set(said?.expected.map(({ digest }) => digest));
    const verified = await verifyLayout(layout, tellBytes(events, ['bundle', 'verify']), signal, elsewhere);
    return { ...verified, problems: [...verified.problems, ...notCarried(layout, said)], statement };
  };
  const opened = layoutOfMedium(medium, layout);
  const { verified, signedBy, vouchers, close } = await verifySigned(opened, trust, verify, {
    events,
    signal,
  });
  try {
    const { statement } = verified;
    assertDefect(statement !== undefined, 'a delta without its own words was refused before');
    const { payload, fingerprint } = statement;
    if (!vouchers.includes(fingerprint)) requireTrusted('The delta', [fingerprint], trust);
    requireOwnIndex(payload, verified.digest);
    const listed = new ListedBundle(path, verified, signedBy, close);
    const { digest, version, sequence, artifacts } = listed;
    const sizes = new Map(payload.carried.map((blob) => [blob.digest, blob.sizeBytes]));
    return {
      path,
      digest,
      version,
      sequence,
      signedBy,
      artifacts,
      delta: payload,
      carriedBytes: payload.carried.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      sizeBytes: layout.fileBytes,
      layout,
      carriedOf: () =>
        artifacts.flatMap((artifact) => {
          const manifests = [artifact.digest, ...(artifact.attachments ?? []).map((one) => one.digest)];
          const blobs = new Set<Digest>(manifests);
          for (const one of manifests) {
            const manifest = verified.manifests.get(one);
            for (const part of manifest === undefined ? [] : [manifest.config, ...manifest.layers])
              blobs.add(part.digest);
          }
          const carriedBytes = [...blobs].reduce((sum, blob) => sum + (sizes.get(blob) ?? 0), 0);
          return carriedBytes === 0 ? [] : [{ artifact, carriedBytes }];
        }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Blobs that it says it carries, and does not. */
function notCarried(layout: ScannedLayout, said: Delta | undefined): string[] {
  return (said?.carried ?? [])
    .filter(({ digest, sizeBytes }) => blobIn(layout, digest)?.sizeBytes !== sizeBytes)
    .map(({ digest }) => `blob ${digest}, which it should carry, is missing`);
}
