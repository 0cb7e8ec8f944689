import type { Digest } from '../../base/digest.ts';
import { PerimeterError } from '../../base/errors.ts';
import { deltaFile } from '../delta/delta-statement.ts';
import { isStore, openStoredLayout } from '../store/open-store.ts';
import { type BundleTrust, requireTrusted } from '../trust.ts';
import { type ScannedLayout, scanLayout } from '../verify/scan-layout.ts';
import { type DamagedPart, findDamage } from './find-damage.ts';
import { openMedium } from './medium.ts';

/** The files of a bundle, found but not yet verified. */
export interface OpenedLayout {
  readonly path: string;
  readonly layout: ScannedLayout;
  /** What to do when something is damaged; can be pasted. */
  readonly howToMend?: string;
  /** Looks closer when something is wrong; empty when nothing more can be said. */
  findDamage(signal?: AbortSignal): Promise<readonly DamagedPart[]>;
  /** Refuses a list of parts that nobody trusted signed, or that tells of another bundle. */
  refuseStranger(digest: Digest | undefined, vouchers: readonly string[], trust: BundleTrust): void;
  close(): Promise<void>;
}

export async function openLayout(path: string): Promise<OpenedLayout> {
  if (await isStore(path)) return await openStoredLayout(path);
  const medium = await openMedium(path);
  const layout = scanLayout(medium.extents);
  if (layout.files.has(deltaFile)) {
    await medium.close();
    throw new PerimeterError('E_DELTA_MISFIT', {
      message: `${path} is a delta: it holds only what a site lacks, and is nothing without that site's store`,
      hint: 'Bring it into the store first: perimeter bundle import FILE --site SITE. Then name the store.',
    });
  }
  return {
    path,
    layout,
    findDamage: async (signal) => await findDamage(medium, signal),
    refuseStranger(digest, vouchers, trust) {
      const { list } = medium;
      if (list === undefined) return;
      if (!vouchers.includes(list.fingerprint))
        requireTrusted(`The list of parts of ${path}`, [list.fingerprint], trust);
      if (list.payload.bundle === digest) return;
      throw new PerimeterError('E_BUNDLE_DAMAGED', {
        message: `The list of parts of ${path} belongs to another bundle (${list.payload.bundle}) than the parts (${digest})`,
        hint: 'Carry the list in again, from the export that the parts come from.',
      });
    },
    close: medium.close,
  };
}
