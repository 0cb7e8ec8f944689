import { join, resolve } from 'node:path';
import { PerimeterError } from '../base/errors.ts';
import { readFileIfThere, writeFileAtomic } from '../base/files.ts';

const fileName = 'bundle.path';

/** Path of the bundle that the site was last installed from. Raises E_USAGE when there was none. */
export async function rememberedBundle(siteDirectory: string): Promise<string> {
  const path = (await readFileIfThere(join(siteDirectory, '.perimeter', fileName)))?.trim();
  if (path !== undefined && path !== '') return path;
  throw new PerimeterError('E_USAGE', {
    message: `No bundle is named, and site ${siteDirectory} was not installed from one yet.`,
    hint: 'Name the bundle: --bundle FILE. `npm run perimeter -- bundle build` makes one and prints where it lies.',
  });
}

export async function rememberBundle(siteDirectory: string, bundleFile: string): Promise<void> {
  await writeFileAtomic(join(siteDirectory, '.perimeter', fileName), `${resolve(bundleFile)}\n`);
}
