import { randomBytes } from 'node:crypto';
import type { Events } from '../base/events.ts';
import { admitBundle } from '../bundle/accepted-bundles.ts';
import type { BundleListing } from '../bundle/bundle.ts';
import { journalPath, noJournal, openJournal } from '../engine/journal.ts';
import type { EngineSetup } from '../engine/setup.ts';
import { withSiteLock } from '../engine/site-lock.ts';
import { rememberFrozenReport } from '../hardware/frozen-report.ts';
import { openHostPool } from '../hosts/pool.ts';
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

/** A site with its bundle, opened as closely as the work needs it, and its hosts. Its cluster is not among them. */
export interface OpenedSite<Bundle extends BundleListing>
  extends Omit<EngineSetup, 'bundle' | 'kube' | 'approved'> {
  readonly bundle: Bundle;
}

/** Opens a site and what `openIts` makes of its bundle, does the work, and closes everything again whatever happens. */
export async function withOpenedSite<Bundle extends BundleListing, T>(
  options: OpenSiteOptions,
  openIts: (path: string, site: Site) => Promise<Bundle>,
  work: (opened: OpenedSite<Bundle>) => Promise<T>,
): Promise<T> {
  const { maxBytesPerSecond, events, signal } = options;
  const declared = await loadSite(options.siteDirectory);
  const site = maxBytesPerSecond === undefined ? declared : { ...declared, seeding: { maxBytesPerSecond } };
  await checkSitePlaybooks(site);
  const open = async (): Promise<T> => {
    const credentials = await CredentialStore.open(site.directory);
    const hosts = openHostPool(site);
    const bundle = await openIts(options.bundleFile ?? (await rememberedBundle(site.directory)), site);
    try {
      await admit(site, bundle, options);
      if (options.changes) await rememberFrozenReport(site);
      options.journalLiesAt?.(journalPath(site.directory));
      const run = { id: randomBytes(4).toString('hex'), verb: options.verb };
      const journal = options.changes ? await openJournal(site.directory, run) : noJournal;
      return await work({ site, bundle, hosts, credentials, events, journal, signal });
    } finally {
      await hosts.close();
      await bundle.close();
    }
  };
  return options.changes ? withSiteLock(site, options.verb, open) : open();
}

/** An older bundle is refused; what is taken is written down by those alone who change the site. */
async function admit(site: Site, bundle: BundleListing, options: OpenSiteOptions): Promise<void> {
  const { note, record } = await admitBundle(site, bundle, options.downgradeFile);
  if (note !== undefined) options.events.emit({ kind: 'note', scope: ['bundle'], text: note });
  if (options.changes) await record();
}
