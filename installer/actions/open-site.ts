import { randomBytes } from 'node:crypto';
import { PerimeterError } from '../base/errors.ts';
import type { Events } from '../base/events.ts';
import { admitBundle } from '../bundle/accepted-bundles.ts';
import type { OpenBundle } from '../bundle/bundle.ts';
import { type ImagesLock, readImagesLock } from '../bundle/images-lock.ts';
import { openBundle } from '../bundle/open-bundle.ts';
import { trustOfSite } from '../bundle/trust.ts';
import { journalPath, noJournal, openJournal } from '../engine/journal.ts';
import type { EngineSetup } from '../engine/setup.ts';
import { withSiteLock } from '../engine/site-lock.ts';
import { openHostPool } from '../hosts/pool.ts';
import { openKube } from '../kube/kube-client.ts';
import { CredentialStore } from '../site/credentials.ts';
import { loadSite } from '../site/load-site.ts';
import type { Site } from '../site/site.ts';
import { checkSitePlaybooks } from './check-site-playbooks.ts';
import { rememberedBundle } from './remembered-bundle.ts';

export interface OpenSiteOptions {
  readonly siteDirectory: string;
  /** Absent: the bundle that this site was last installed from. */
  readonly bundleFile?: string | undefined;
  /** An images.lock that the bundle must fit, artifact by artifact. */
  readonly lockFile?: string | undefined;
  /** A signed statement that lets an older bundle through, once. */
  readonly downgradeFile?: string | undefined;
  /** Bytes per second that seeding may take, in place of what the site says. */
  readonly maxBytesPerSecond?: number | undefined;
  readonly verb: string;
  readonly events: Events;
  readonly signal: AbortSignal;
  /** True for everything that changes the site: takes the site's lock and writes the journal. */
  readonly changes: boolean;
  /** Told where the journal lies, before anything can go wrong. */
  readonly journalLiesAt?: (path: string) => void;
}

/** Opens a site with all that belongs to it, does the work, and closes everything again whatever happens. */
export async function withSite<T>(
  options: OpenSiteOptions,
  work: (setup: EngineSetup) => Promise<T>,
): Promise<T> {
  const { maxBytesPerSecond } = options;
  const declared = await loadSite(options.siteDirectory);
  const site = maxBytesPerSecond === undefined ? declared : { ...declared, seeding: { maxBytesPerSecond } };
  await checkSitePlaybooks(site);
  const open = async (): Promise<T> => {
    const credentials = await CredentialStore.open(site.directory);
    const lock = options.lockFile === undefined ? undefined : await lockOf(options.lockFile);
    const bundle = await openBundle(options.bundleFile ?? (await rememberedBundle(site.directory)), {
      trust: trustOfSite(site),
      events: options.events,
      signal: options.signal,
      ...(lock === undefined ? {} : { lock }),
    });
    await admit(site, bundle, options);
    const hosts = openHostPool(site);
    const kube = openKube(site, credentials);
    try {
      options.journalLiesAt?.(journalPath(site.directory));
      const run = { id: randomBytes(4).toString('hex'), verb: options.verb };
      const journal = options.changes ? await openJournal(site.directory, run) : noJournal;
      return await work({
        site,
        bundle,
        hosts,
        kube,
        credentials,
        events: options.events,
        journal,
        signal: options.signal,
      });
    } finally {
      await kube.close();
      await hosts.close();
      await bundle.close();
    }
  };
  return options.changes ? withSiteLock(site, options.verb, open) : open();
}

/** An older bundle is refused; what is taken is written down by those alone who change the site. */
async function admit(site: Site, bundle: OpenBundle, options: OpenSiteOptions): Promise<void> {
  try {
    const { note, record } = await admitBundle(site, bundle, options.downgradeFile);
    if (note !== undefined) options.events.emit({ kind: 'note', scope: ['bundle'], text: note });
    if (options.changes) await record();
  } catch (error) {
    await bundle.close();
    throw error;
  }
}

async function lockOf(file: string): Promise<ImagesLock> {
  const lock = await readImagesLock(file);
  if (lock !== undefined) return lock;
  throw new PerimeterError('E_USAGE', {
    message: `There is no ${file}.`,
    hint: 'Name the images.lock that belongs to the bundle, or leave --lock out.',
  });
}
