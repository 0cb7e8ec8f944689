import { type Events, step } from '../base/events.ts';
import { count } from '../base/units.ts';
import { readImagesLock } from '../bundle/images-lock.ts';
import { openBundle } from '../bundle/open-bundle.ts';
import { trustOfSite } from '../bundle/trust.ts';
import type { HostPool } from '../hosts/host.ts';
import { openHostPool } from '../hosts/pool.ts';
import { bundleNeed } from '../preflight/bundle-need.ts';
import type { BundleNeed } from '../preflight/check.ts';
import { checkTable } from '../preflight/check-table.ts';
import { type CheckResult, judgeSite } from '../preflight/judge-site.ts';
import { lookAtSite } from '../preflight/look-at-site.ts';
import { loadSite } from '../site/load-site.ts';
import type { Site } from '../site/site.ts';
import { lookClosely } from './survey-site.ts';

const longestWriteSeconds = 3;

export interface CheckSiteOptions {
  readonly siteDirectory: string;
  /** What the disks are judged by; default: the artifacts of images.lock. */
  readonly bundleFile: string | undefined;
  /** Leave out what takes seconds on each host. */
  readonly quick: boolean;
  readonly events: Events;
  readonly signal: AbortSignal;
  /** Default: over SSH. */
  readonly openHosts?: (site: Site) => HostPool;
}

export interface CheckedSite {
  readonly site: Site;
  readonly results: readonly CheckResult[];
  readonly ms: number;
}

/** Looks at every host of a site and judges it by the whole table. Changes nothing, takes no lock. */
export async function checkSite(options: CheckSiteOptions): Promise<CheckedSite> {
  const startedAt = performance.now();
  const { events, signal } = options;
  const site = await loadSite(options.siteDirectory);
  const need = await needOf(options, site);
  const hosts = (options.openHosts ?? openHostPool)(site);
  try {
    const scope = ['check'];
    const note = (text: string): void => events.emit({ kind: 'note', scope, text });
    const subject = await step(events, scope, `Look at ${count(site.nodes.length, 'host')}`, () =>
      lookAtSite({
        site,
        need,
        host: (name) => hosts.hands(name),
        // The agent takes a second or two to start and to look.
        survey: options.quick ? undefined : (name) => lookClosely(hosts.hands(name), note, signal),
        writeSeconds: () => (options.quick ? 0 : longestWriteSeconds),
        onHost: (done, total) => events.emit({ kind: 'progress', scope, done, total, unit: 'steps' }),
      }),
    );
    return { site, results: judgeSite(subject, checkTable), ms: performance.now() - startedAt };
  } finally {
    await hosts.close();
  }
}

async function needOf({ bundleFile, events }: CheckSiteOptions, site: Site): Promise<BundleNeed | undefined> {
  if (bundleFile === undefined) {
    const lock = await readImagesLock();
    return lock === undefined ? undefined : bundleNeed(lock.artifacts);
  }
  const bundle = await openBundle(bundleFile, { trust: trustOfSite(site), events });
  try {
    return bundleNeed(bundle.artifacts);
  } finally {
    await bundle.close();
  }
}
