import { PerimeterError } from '../../base/errors.ts';
import { count } from '../../base/units.ts';
import { deltaFile } from '../delta/delta-statement.ts';
import { findDamage } from '../media/find-damage.ts';
import type { BringInWork } from './bring-in.ts';

/** Says why what lies on the medium cannot be taken: E_DELTA_MISFIT, or E_BUNDLE_DAMAGED with what to carry again. */
export async function refuseImport(
  { medium, source, layout, signal }: BringInWork,
  damaged: readonly string[],
): Promise<never> {
  const isDelta = source.files.has(deltaFile);
  const missing = layout.missing.map(
    (blob) =>
      `${blob} is ${isDelta ? 'neither in the delta nor in the store' : 'missing, or has another size'}`,
  );
  if (isDelta && damaged.length === 0 && missing.length > 0)
    throw new PerimeterError('E_DELTA_MISFIT', {
      message: `The delta ${medium.path} does not fit: the store lacks ${count(missing.length, 'blob')} that it counts on`,
      hint: 'Have a delta made against what the site has now (perimeter site have), or carry the whole bundle in.',
      findings: missing,
    });
  const parts = await findDamage(medium, signal);
  const what = parts.length === 0 ? medium.path : parts.map(({ name }) => name).join(', ');
  throw new PerimeterError('E_BUNDLE_DAMAGED', {
    message: `The bundle ${medium.path} is damaged; what was whole came in and stays`,
    hint: `Carry again: ${what}. Then run the same command: it goes on where it was.`,
    findings: [...parts.map(({ sentence }) => sentence), ...damaged, ...missing],
  });
}
