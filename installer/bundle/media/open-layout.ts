import type { Digest } from '../../base/digest.ts';
import { PerimeterError } from '../../base/errors.ts';
import { isDelta } from '../delta/delta-statement.ts';
import { isStore, openStoredLayout } from '../store/open-store.ts';
import type { BundleTrust } from '../trust.ts';
import { type ScannedLayout, scanLayout } from '../verify/scan-layout.ts';
import { type FindDamageOptions, findDamage } from './find-damage.ts';
import { type DamagedPart, howToMendMedium } from './how-to-mend.ts';
import { type Medium, openMedium } from './medium.ts';
import { refuseStrangeList } from './refuse-strange-list.ts';

/** The files of a bundle, found but not yet verified. */
export interface OpenedLayout {
  readonly path: string;
  readonly layout: ScannedLayout;
  /** What to do when something is damaged, some parts perhaps; can be pasted. */
  howToMend(parts: readonly DamagedPart[]): string;
  /** Looks closer when something is wrong; empty when nothing more can be said. */
  findDamage(options: FindDamageOptions): Promise<readonly DamagedPart[]>;
  /** Refuses a list of parts that nobody trusted signed, or that tells of another bundle. */
  refuseStranger(digest: Digest | undefined, vouchers: readonly string[], trust: BundleTrust): void;
  close(): Promise<void>;
}

export async function openLayout(path: string): Promise<OpenedLayout> {
  if (await isStore(path)) return await openStoredLayout(path);
  const medium = await openMedium(path);
  const layout = scanLayout(medium.extents);
  if (!isDelta(layout)) return layoutOfMedium(medium, layout);
  await medium.close();
  throw new PerimeterError('E_DELTA_MISFIT', {
    message: `${path} is a delta: it holds only what a site lacks, and is nothing without that site's store`,
    hint: 'Bring it into the store first: perimeter bundle import FILE --site SITE. Then name the store. What it carries: perimeter bundle ls FILE',
  });
}

/** Of a bundle, or a delta. */
export function layoutOfMedium(medium: Medium, layout: ScannedLayout): OpenedLayout {
  return {
    path: medium.path,
    layout,
    howToMend: (parts) => howToMendMedium(medium, parts),
    findDamage: async (options) => await findDamage(medium, options),
    refuseStranger: (digest, vouchers, trust) => refuseStrangeList(medium, digest, vouchers, trust),
    close: medium.close,
  };
}
