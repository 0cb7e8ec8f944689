import { PerimeterError } from '../base/errors.ts';
import { type ImagesLock, readImagesLock } from '../bundle/images-lock.ts';
import { openBundle } from '../bundle/open-bundle.ts';
import { trustOfSite } from '../bundle/trust.ts';
import type { EngineSetup } from '../engine/setup.ts';
import { openKube } from '../kube/kube-client.ts';
import { type OpenSiteOptions, withOpenedSite } from './opened-site.ts';

/** Opens a site with all that belongs to it, does the work, and closes everything again whatever happens. */
export async function withSite<T>(
  options: OpenSiteOptions,
  work: (setup: EngineSetup) => Promise<T>,
): Promise<T> {
  const { lockFile, events, signal } = options;
  return await withOpenedSite(
    options,
    async (path, site) => {
      const lock = lockFile === undefined ? {} : { lock: await lockOf(lockFile) };
      return await openBundle(path, { trust: trustOfSite(site), events, signal, ...lock });
    },
    async (opened) => {
      const kube = openKube(opened.site, opened.credentials);
      try {
        return await work({ ...opened, kube });
      } finally {
        await kube.close();
      }
    },
  );
}

async function lockOf(file: string): Promise<ImagesLock> {
  const lock = await readImagesLock(file);
  if (lock !== undefined) return lock;
  throw new PerimeterError('E_USAGE', {
    message: `There is no ${file}.`,
    hint: 'Name the images.lock that belongs to the bundle, or leave --lock out.',
  });
}
