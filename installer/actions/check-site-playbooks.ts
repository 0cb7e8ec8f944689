import { hostsOfSite } from '../playbook/known-hosts.ts';
import { loadPlaybook } from '../playbook/load-playbook.ts';
import type { Site } from '../site/site.ts';
import { playbookPoints, sitePlaybook } from '../site/site-playbooks.ts';

/** Reads every playbook that the site brings, before anything is contacted. Raises E_PLAYBOOK_INVALID with all problems of the first bad one. */
export async function checkSitePlaybooks(site: Site): Promise<readonly string[]> {
  const found = playbookPoints.filter((point) => sitePlaybook(site, point) !== undefined);
  for (const point of found) await loadPlaybook(sitePlaybook(site, point) ?? '', hostsOfSite(site));
  return found;
}
