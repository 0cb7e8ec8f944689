import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isPerimeterError, PerimeterError } from '../../base/errors.ts';
import { step } from '../build/run-step.ts';

/** Into how many blocks all parts together are divided: each of them can be mended on its own. */
const blocks = 2000;

/** Raises E_MACHINE_UNFIT when the program that computes parity is not there. */
export async function requireParityProgram(): Promise<void> {
  try {
    await step({ what: 'parity' })`par2 --version`;
  } catch (error) {
    if (!isPerimeterError(error)) throw error;
    throw new PerimeterError('E_MACHINE_UNFIT', {
      message: 'Parity is computed by the program par2, which is not there',
      hint: 'apt-get install par2',
    });
  }
}

/** Writes parity files (PAR2, Reed-Solomon) beside the parts and returns their names. Old ones are replaced. */
export async function makeParity(
  folder: string,
  base: string,
  percent: number,
  parts: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  for (const name of await parityFiles(folder, base)) await rm(join(folder, name));
  // prettier-ignore
  await step({
    cwd: folder,
    signal,
    what: 'parity',
  })`par2 create -q -q -b${blocks} -r${percent} -n1 ${base}.par2 ${parts}`;
  return await parityFiles(folder, base);
}

/** Mends parts in their place. Raises E_BUNDLE_DAMAGED when there is more damage than parity. */
export async function repairByParity(
  folder: string,
  base: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const before = new Set(await readdir(folder));
  try {
    await step({ cwd: folder, signal, what: 'parity' })`par2 repair -q -q ${base}.par2`;
  } catch (error) {
    if (!isPerimeterError(error, 'E_BUILD_FAILED')) throw error;
    throw new PerimeterError('E_BUNDLE_DAMAGED', {
      message: `The parts in ${folder} cannot be repaired: there is more damage than parity, or the folder cannot be written`,
      hint: 'See which parts are damaged, and carry those again: perimeter bundle verify',
      findings: error.findings,
      cause: error,
    });
  } finally {
    // The damaged originals are kept by par2 under new names.
    for (const name of await readdir(folder))
      if (!before.has(name) && /\.\d+$/.test(name) && before.has(name.replace(/\.\d+$/, '')))
        await rm(join(folder, name));
  }
}

async function parityFiles(folder: string, base: string): Promise<string[]> {
  return (await readdir(folder))
    .filter((name) => name.startsWith(`${base}.`) && name.endsWith('.par2'))
    .toSorted();
}
