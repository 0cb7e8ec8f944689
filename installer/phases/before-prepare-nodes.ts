import { sitePlaybook } from '../site/site-playbooks.ts';
import { playbookPhase } from './playbook-phase.ts';

/** The site's own playbook for hosts on which nothing of the product is yet but the agent: storage drivers, hardening, firmware tools. */
export const beforePrepareNodes = playbookPhase({
  name: 'before-prepare-nodes',
  title: 'What the site does before nodes are prepared',
  file: (site) => sitePlaybook(site, 'before-prepare-nodes'),
});
