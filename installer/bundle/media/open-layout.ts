import type { Digest } from '../../base/digest.ts';
import { PerimeterError } from '../../base/errors.ts';
import { deltaFile } from '../delta/delta-statement.ts';
import { isStore, openStoredLayout } from '../store/open-store.ts';
import type { BundleTrust } from '../trust.ts';
import { type ScannedLayout, scanLayout } from '../verify/scan-layout.ts';
import { carryAgain } from './carry-again.ts';
import { type FindDamageOptions, findDamage } from './find-damage.ts';
import { type DamagedPart, howToMend } from './how-to-mend.ts';
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
    howToMend: (parts) => howToMendMedium(medium, parts),
    findDamage: async (options) => await findDamage(medium, options),
    refuseStranger: (digest, vouchers, trust) => refuseStrangeList(medium, digest, vouchers, trust),
    close: medium.close,
  };
}

/** What to do about a damaged medium: rename, carry again, mend by parity where there is some. */
export function howToMendMedium({ folder, path, list }: Medium, parts: readonly DamagedPart[]): string {
  if (parts.length === 0) return carryAgain(path);
  const canRepair = list?.payload.parity !== undefined && parts.some(({ foundAs }) => foundAs === undefined);
  const parity = canRepair ? `\nOr mend it by its parity: perimeter bundle repair ${folder}` : '';
  return `${howToMend(folder, parts)}${parity}`;
}
