import type { BundleListing } from '../bundle/bundle.ts';
import { ensureNodeCredentials, nodeVariables } from '../parts/node/node-variables.ts';
import { hostsOfSite } from '../playbook/known-hosts.ts';
import { assertHosts } from '../playbook/load-playbook.ts';
import type { Playbook } from '../playbook/playbook.ts';
import { type HostRun, type RunOptions, runPlaybook } from '../playbook/run-playbook.ts';
import type { SiteNode } from '../site/site.ts';
import type { OpenedSite } from './opened-site.ts';

/** Runs or checks a playbook on nodes of a site, with the same variables as at install. Raises E_PLAYBOOK_INVALID for a play for nobody. */
export async function runPlaybookOnSite(
  playbook: Playbook,
  setup: OpenedSite<BundleListing>,
  nodes: readonly SiteNode[],
  options: RunOptions,
): Promise<readonly HostRun[]> {
  assertHosts(playbook, hostsOfSite(setup.site));
  if (!options.check) await ensureNodeCredentials(setup);
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const sight = { ...setup, host: (name: string) => setup.hosts.hands(name) };
  const prepare = async (name: string) => {
    const node = byName.get(name) as SiteNode;
    return { host: setup.hosts.hands(name), groups: node.roles, variables: await nodeVariables(node, sight) };
  };
  return await runPlaybook(playbook, [...byName.keys()], prepare, options, setup.events);
}
