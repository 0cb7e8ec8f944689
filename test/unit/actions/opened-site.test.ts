import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withOpenedSite } from '../../../installer/actions/opened-site.ts';
import { silentEvents } from '../../../installer/base/events.ts';
import type { BundleListing } from '../../../installer/bundle/bundle.ts';
import { siteFolder } from '../site/site-folder.ts';

/** Opens a site, with a bundle that only tells whether it was closed. */
async function open(siteDirectory: string, changes: boolean, work = async (): Promise<void> => {}) {
  let isClosed = false;
  const bundle = {
    path: '/bundle.tar',
    digest: `sha256:${'1'.repeat(64)}`,
    version: '1.0',
    sequence: 1,
    close: async () => void (isClosed = true),
  } as unknown as BundleListing;
  const signal = new AbortController().signal;
  const options = { siteDirectory, bundleFile: '/bundle.tar', verb: 'install', events: silentEvents, signal };
  const done = withOpenedSite({ ...options, changes }, async () => bundle, work);
  const error = await done.catch((reason: unknown) => reason);
  return { error, isClosed };
}

it('the bundle is closed once the work is done, and when it fails', async () => {
  const site = await siteFolder();
  expect(await open(site, false)).toEqual({ error: undefined, isClosed: true });
  const failure = new Error('no room');
  expect(await open(site, true, () => Promise.reject(failure))).toEqual({ error: failure, isClosed: true });
});

it.each(['accepted-bundles.json', 'frozen-hardware.json'])(
  'the bundle is closed when what the site keeps in %s cannot be read',
  async (file) => {
    const site = await siteFolder();
    await mkdir(join(site, '.perimeter', file), { recursive: true });
    const { error, isClosed } = await open(site, true);
    expect(error).toMatchObject({ code: 'EISDIR' });
    expect(isClosed).toBe(true);
  },
);
