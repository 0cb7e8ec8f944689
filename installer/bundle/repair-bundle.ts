import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PerimeterError } from '../base/errors.ts';
import { type Events, silentEvents, step } from '../base/events.ts';
import { repairByParity, requireParityProgram } from './media/parity.ts';
import { partListSuffix, readPartList } from './media/part-list.ts';
import { openBundle } from './open-bundle.ts';
import { type BundleTrust, requireTrusted } from './trust.ts';

export interface RepairOptions {
  readonly trust: BundleTrust;
  readonly events?: Events;
  readonly signal?: AbortSignal;
}

/**
 * Mends damaged and missing parts in their folder by the parity they were exported with, then verifies the whole. Raises
 * E_BUNDLE_DAMAGED when there is more damage than parity, or none was made.
 */
export async function repairBundle(folderOrList: string, options: RepairOptions): Promise<void> {
  const events = options.events ?? silentEvents;
  const file = await listIn(folderOrList);
  const list = readPartList(await readFile(file, 'utf8'), file);
  requireTrusted(`The list of parts ${file}`, [list.fingerprint], options.trust);
  if (list.payload.parity === undefined)
    throw new PerimeterError('E_BUNDLE_DAMAGED', {
      message: `The bundle in ${dirname(file)} was exported without parity: nothing can be mended`,
      hint: 'See which parts are damaged and carry those again: perimeter bundle verify. Next time: perimeter bundle export --parity 5%',
    });
  await requireParityProgram();
  const base = basename(file).slice(0, -partListSuffix.length);
  await step(events, ['bundle', 'repair'], `Repair the parts in ${dirname(file)}`, () =>
    repairByParity(dirname(file), base, options.signal),
  );
  await (await openBundle(file, { ...options, events })).close();
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
