import type { BundleListing } from '../bundle/bundle.ts';
import { openListing } from '../bundle/open-listing.ts';
import { trustOfSite } from '../bundle/trust.ts';
import { type OpenedSite, type OpenSiteOptions, withOpenedSite } from './opened-site.ts';

/**
 * Opens a site for work on its hosts alone. Playbooks name artifacts by digest and take their content from the nodes, where it was
 * verified when it came: nothing is read out of the bundle, and the cluster is not asked.
 */
export async function withSiteHosts<T>(
  options: OpenSiteOptions,
  work: (opened: OpenedSite<BundleListing>) => Promise<T>,
): Promise<T> {
  const { signal } = options;
  return await withOpenedSite(
    options,
    async (path, site) => await openListing(path, { trust: trustOfSite(site), signal }),
    work,
  );
}
