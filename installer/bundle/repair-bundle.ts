import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { shareProgress } from '../base/byte-progress.ts';
import { messageOf, PerimeterError } from '../base/errors.ts';
import { type Events, silentEvents, step } from '../base/events.ts';
import { findDamage } from './media/find-damage.ts';
import { type DamagedPart, howToMend } from './media/how-to-mend.ts';
import { openMedium } from './media/medium.ts';
import { repairByParity, requireParityProgram } from './media/parity.ts';
import { type PartList, partListSuffix, readPartList } from './media/part-list.ts';
import { partProblems } from './media/part-problems.ts';
import { openBundle } from './open-bundle.ts';
import { type BundleTrust, requireTrusted } from './trust.ts';

export interface RepairOptions {
  readonly trust: BundleTrust;
  readonly events?: Events;
  readonly signal?: AbortSignal;
}

/**
 * Mends damaged and missing parts in their folder by the parity they were exported with, then verifies the whole. Raises
 * E_BUNDLE_DAMAGED when there is more damage than parity, or none was made; E_FILE_WRITE where the folder cannot be written. Returns
 * what was wrong; empty when nothing was.
 */
export async function repairBundle(
  folderOrList: string,
  options: RepairOptions,
): Promise<readonly DamagedPart[]> {
  const { events = silentEvents, signal, trust } = options;
  const file = await listIn(folderOrList);
  const list = readPartList(await readFile(file, 'utf8'), file);
  requireTrusted(`The list of parts ${file}`, [list.fingerprint], trust);
  const folder = dirname(file);
  const damaged = await damageOf(file, list.payload, events, signal);
  if (damaged.length > 0) {
    const { parity, sizeBytes } = list.payload;
    if (parity === undefined)
      throw new PerimeterError('E_BUNDLE_DAMAGED', {
        message: `The bundle in ${folder} was exported without parity: nothing can be mended`,
        hint: `${howToMend(folder, damaged)}\nNext time: perimeter bundle export --parity 5%`,
        findings: damaged.map(({ sentence }) => sentence),
      });
    await requireParityProgram(
      `Carry the package par2 in as well (on the connected side: apt-get download par2; here: dpkg -i par2_*.deb), or do without:\n${howToMend(folder, damaged)}`,
    );
    await requireWritable(folder);
    const scope = ['bundle', 'repair'];
    const base = basename(file).slice(0, -partListSuffix.length);
    const onShare = shareProgress(events, scope, sizeBytes);
    await step(events, scope, `Repair the parts in ${folder}`, () =>
      repairByParity({ folder, base, damaged, parity, onShare, signal }),
    );
  }
  await (await openBundle(file, { ...options, events })).close();
  return damaged;
}

/** What is wrong with the parts: by names and sizes, and where these are right, by every byte. */
async function damageOf(
  file: string,
  list: PartList,
  events: Events,
  signal: AbortSignal | undefined,
): Promise<readonly DamagedPart[]> {
  const problems = await partProblems(dirname(file), list);
  if (problems.length > 0) return problems;
  const medium = await openMedium(file);
  try {
    return await findDamage(medium, { events, signal });
  } finally {
    await medium.close();
  }
}

/** Found out before the work, by writing: what a folder's mode says does not hold for root, nor for a medium that is read-only. */
async function requireWritable(folder: string): Promise<void> {
  const trial = join(folder, `.writable-${process.pid}`);
  try {
    await writeFile(trial, '');
    await rm(trial);
  } catch (cause) {
    throw new PerimeterError('E_FILE_WRITE', {
      message: `Parts are mended in their place, but ${folder} cannot be written: ${messageOf(cause)}`,
      hint: `Copy everything in it to a folder that can be, and repair there:\n  cp -r ${folder} /var/tmp/parts && perimeter bundle repair /var/tmp/parts`,
      cause,
    });
  }
}

async function listIn(path: string): Promise<string> {
  if (path.endsWith(partListSuffix)) return path;
  const folder = (await stat(path).catch(() => undefined))?.isDirectory() === true ? path : dirname(path);
  const lists = (await readdir(folder).catch(() => [] as string[])).filter((name) =>
    name.endsWith(partListSuffix),
  );
  if (lists.length === 1) return join(folder, lists[0] ?? '');
  throw new PerimeterError('E_BUNDLE_MISSING', {
    message: `There ${lists.length === 0 ? 'is no list' : `are ${lists.length} lists`} of parts in ${folder}`,
    hint: `Name the file that ends with ${partListSuffix}`,
  });
}
