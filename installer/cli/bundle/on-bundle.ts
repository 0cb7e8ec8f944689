import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PerimeterError } from '../../base/errors.ts';
import { bundlesDirectory } from '../../bundle/build-bundle.ts';
import type { OpenBundle } from '../../bundle/bundle.ts';
import { openBundle } from '../../bundle/open-bundle.ts';
import { type OpenDelta, openDelta } from '../../bundle/open-delta.ts';
import type { VerbArgument, VerbContext, VerbResult } from '../verb.ts';
import { chosenTrust, type trustOptions } from './trust-options.ts';

export const bundleArgument = {
  name: 'FILE',
  summary:
    "the bundle: a file, a part, or the folder with its parts; default: the newest in the person's cache",
  optional: true,
} as const satisfies VerbArgument;

/** Opens the bundle that the first word names, or the newest one, for a verb that only reads it. */
export async function onBundle(
  { args, options, events, signal }: VerbContext<typeof trustOptions>,
  work: (bundle: OpenBundle, sizeBytes: number) => Promise<VerbResult>,
): Promise<VerbResult> {
  const bundle = await openBundle(await bundleFile(args[0]), {
    trust: await chosenTrust(options),
    events,
    signal,
  });
  try {
    return await work(bundle, bundle.sizeBytes);
  } finally {
    await bundle.close();
  }
}

/** The same for a verb that also has something to say about a delta, which is a bundle only together with a site's store. */
export async function onBundleOrDelta(
  context: VerbContext<typeof trustOptions>,
  work: (bundle: OpenBundle, sizeBytes: number) => Promise<VerbResult>,
  onDelta: (delta: OpenDelta) => Promise<VerbResult>,
): Promise<VerbResult> {
  const { args, options, events, signal } = context;
  const delta =
    args[0] === undefined
      ? undefined
      : await openDelta(args[0], { trust: await chosenTrust(options), events, signal });
  if (delta === undefined) return await onBundle(context, work);
  try {
    return await onDelta(delta);
  } finally {
    await delta.close();
  }
}

/** The bundle that was named, or the newest in the person's cache. */
export async function bundleFile(named: string | undefined): Promise<string> {
  return named ?? (await newestBundle());
}

async function newestBundle(): Promise<string> {
  const folder = bundlesDirectory();
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.tar'));
  const files = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
  );
  const newest = files.toSorted((a, b) => b.at - a.at)[0];
  if (newest !== undefined) return join(folder, newest.name);
  throw new PerimeterError('E_BUNDLE_MISSING', {
    message: `There is no bundle in ${folder}`,
    hint: 'Name one: its file, a part, or the folder with its parts. On the connected side this builds one: npm run perimeter -- bundle build',
  });
}
