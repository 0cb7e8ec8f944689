import { checkSitePlaybooks } from '../actions/check-site-playbooks.ts';
import { count } from '../base/units.ts';
import { loadSite } from '../site/load-site.ts';
import type { Site } from '../site/site.ts';
import { siteArgument } from './site-arguments.ts';
import { defineVerb } from './verb.ts';

export const validateVerb = defineVerb({
  name: 'validate',
  summary: 'read a site folder and name everything that is wrong with it; contacts nothing',
  args: [siteArgument],
  options: {},
  examples: [
    {
      command: 'npm run perimeter -- validate site/try',
      does: 'lists every problem with file and line, or says what it read',
    },
  ],
  async run({ args: [directory = ''] }) {
    const site = await loadSite(directory);
    const playbooks = await checkSitePlaybooks(site);
    const { name, domain, digest } = site;
    return {
      text: describeSite(site, playbooks),
      data: { name, domain, digest, nodes: site.nodes.map((node) => node.name) },
    };
  },
});

function describeSite(site: Site, playbooks: readonly string[]): string {
  const widest = Math.max(...site.nodes.map((node) => node.name.length));
  return [
    `Site ${site.name} (${site.domain}) is well-formed: ${count(site.nodes.length, 'node')}, ${count(site.people.length, 'person', 'people')}, GitOps by ${site.gitops.engine}.`,
    ...site.nodes.map(
      (node) =>
        `  ${node.name.padEnd(widest)}  ${node.address}  ${node.profile.name} (${node.roles.join(', ')})`,
    ),
    `Environments ${site.environments.join(', ')}; pods ${site.network.podCidr}, services ${site.network.serviceCidr}.`,
    ...(playbooks.length === 0 ? [] : [`Playbooks of its own: ${playbooks.join(', ')}.`]),
    '',
  ].join('\n');
}
