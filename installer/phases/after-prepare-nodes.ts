import { sitePlaybook } from '../site/site-playbooks.ts';
import { playbookPhase } from './playbook-phase.ts';

/** The site's own playbook for nodes that have all they need, before Kubernetes starts on them. */
export const afterPrepareNodes = playbookPhase({
  name: 'after-prepare-nodes',
  title: 'What the site does after nodes are prepared',
  file: (site) => sitePlaybook(site, 'after-prepare-nodes'),
});
