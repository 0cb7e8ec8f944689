import { productDirectory } from '../base/files.ts';
import { playbookPhase } from './playbook-phase.ts';

/** Makes every host a node by playbooks/prepare-node.yaml: names, kernel, packages, endpoint, container runtime, kubelet. */
export const prepareNodes = playbookPhase({
  name: 'prepare-nodes',
  title: 'Prepare the nodes',
  file: () => productDirectory('playbooks', 'prepare-node.yaml'),
});
