import { assertDefect } from '../base/errors.ts';
import { productDirectory } from '../base/files.ts';
import { definePhase, type Hands, type Look, nodeTarget, type Target } from '../engine/phase.ts';
import type { HostView } from '../hosts/host.ts';
import { ensureNodeCredentials, nodeVariables } from '../parts/node/node-variables.ts';
import { loadPlaybook } from '../playbook/load-playbook.ts';
import type { PlayLook } from '../playbook/play-look.ts';
import type { Playbook } from '../playbook/playbook.ts';
import {
  applyPlaybookChange,
  inspectPlaybook,
  type PlaybookChangeData,
  planPlaybook,
  settlePlaybook,
} from '../playbook/playbook-changes.ts';
import type { Variables } from '../playbook/variables.ts';

let reading: Promise<Playbook> | undefined;
const playbook = (): Promise<Playbook> => {
  reading ??= loadPlaybook(productDirectory('playbooks', 'prepare-node.yaml'));
  return reading;
};

/** Makes every host a node by playbooks/prepare-node.yaml: names, kernel, packages, endpoint, container runtime, kubelet. */
export const prepareNodes = definePhase<readonly PlayLook[], PlaybookChangeData>({
  name: 'prepare-nodes',
  title: 'Prepare the nodes',
  targets: (site) => site.nodes.map(nodeTarget),
  parallel: 32,
  async inspect(target, look) {
    return inspectPlaybook(await playbook(), await onNode(target, look, look.host(target.name)));
  },
  plan: planPlaybook,
  async apply(change, target, hands) {
    await ensureNodeCredentials(hands);
    await applyPlaybookChange(await playbook(), change, await onNode(target, hands, hands.host(target.name)));
  },
  async settle(target, hands) {
    await settlePlaybook(await playbook(), await onNode(target, hands, hands.host(target.name)));
  },
});

async function onNode<Host extends HostView>(
  target: Target,
  sight: Look | Hands,
  host: Host,
): Promise<{ host: Host; groups: readonly string[]; variables: Variables }> {
  assertDefect(target.kind === 'node', 'nodes are prepared one by one');
  return { host, groups: target.node.roles, variables: await nodeVariables(target.node, sight) };
}
