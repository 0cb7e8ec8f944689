import { sitePlaybook } from '../site/site-playbooks.ts';
import { playbookPhase } from './playbook-phase.ts';

/** The site's own playbook for nodes of a finished site: monitoring agents, backup, whatever hooks into what runs. */
export const afterInstall = playbookPhase({
  name: 'after-install',
  title: 'What the site does on finished nodes',
  file: (site) => sitePlaybook(site, 'after-install'),
});
