import { count } from '../base/units.ts';
import { type Change, definePhase, type Hands, nodeTarget, type Target } from '../engine/phase.ts';
import type { ObjectReference } from '../kube/kube.ts';
import { controlPlaneStates, firstControlPlane } from '../parts/kubernetes/control-planes.ts';
import { isControlPlane, joinNode, undoJoin } from '../parts/kubernetes/join-node.ts';
import { joinLeftovers, withdrawJoinSecrets } from '../parts/kubernetes/join-secrets.ts';
import { finishKubeadm } from '../parts/kubernetes/kubeadm-run.ts';
import { labelNode, missingLabels } from '../parts/kubernetes/node-labels.ts';
import { type NodeState, nodeStateOf } from '../parts/kubernetes/node-state.ts';
import { OneAtATime } from '../parts/kubernetes/one-at-a-time.ts';
import { waitControlPlane } from '../parts/kubernetes/static-pods.ts';
import type { SiteNode } from '../site/site.ts';

interface Facts {
  readonly state: NodeState;
  /** The cluster begins here (in the phase before): nothing to join. */
  readonly isFirst: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Tokens and certificates that an earlier join of this node did not come to withdraw. */
  readonly leftovers: number;
}

type Data = {
  readonly action: 'undo' | 'join' | 'finish' | 'label' | 'withdraw';
  readonly labels?: Readonly<Record<string, string>>;
};

/** Etcd takes new members one by one; workers need not wait for that. */
const controlPlaneTurn = new OneAtATime();

/** Joins every further node: control planes one after another, workers side by side. */
export const joinNodes = definePhase<Facts, Data>({
  name: 'join-nodes',
  title: 'Join the nodes',
  // Control planes join one after another, and they are most of it.
  estimate: (changes) => ({ ms: 25_000 * changes.filter(({ data }) => data.action === 'join').length }),
  targets: (site) => site.nodes.map(nodeTarget),

  async inspect(target, look) {
    const node = nodeOf(target);
    // An unfinished join can cost etcd its majority, and must be found and cleaned up without asking the cluster.
    const answers = await look.kube.reachable();
    return {
      state: await nodeStateOf(look.host(node.name), look.site.name),
      isFirst: firstControlPlane(await controlPlaneStates(look))?.node.name === node.name,
      labels: answers ? missingLabels(node, await look.kube.get(nodeReference(node))) : node.profile.labels,
      leftovers: answers ? (await joinLeftovers(look.kube, node.name)).length : 0,
    };
  },

  plan({ state, isFirst, labels, leftovers }, target) {
    const node = nodeOf(target);
    const role = isControlPlane(node) ? 'control plane' : 'worker';
    const changes: Change<Data>[] = [];
    const add = (action: Data['action'], sentence: string): void => {
      changes.push({ id: action, sentence, data: { action } });
    };
    if (!isFirst && state.kind === 'unfinished') {
      add('undo', `clean up the join of ${state.undertaking.at}, which was never finished`);
    }
    if (!isFirst && state.kind === 'running') add('finish', 'let the join that runs finish');
    else if (!isFirst && state.kind !== 'member') add('join', `join the cluster as ${role}`);
    if (leftovers > 0)
      add('withdraw', `withdraw ${count(leftovers, 'secret')} that an earlier join left behind`);
    const words = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    if (words.length > 0) {
      changes.push({
        id: 'label',
        sentence: `label the node ${words.join(', ')}`,
        data: { action: 'label', labels },
      });
    }
    return changes;
  },

  async apply(change, target, hands) {
    const node = nodeOf(target);
    const { action, labels } = change.data;
    if (action === 'label') await labelNode(hands.kube, node.name, labels ?? {});
    else if (action === 'withdraw') await withdrawJoinSecrets(hands.kube, node.name);
    else if (isControlPlane(node)) await controlPlaneTurn.run(() => takePart(action, node, hands));
    else await takePart(action, node, hands);
  },
});

async function takePart(action: Data['action'], node: SiteNode, hands: Hands): Promise<void> {
  if (action === 'undo') {
    await undoJoin(node, hands);
    return;
  }
  if (action === 'join') await joinNode(node, hands);
  else await finishKubeadm(hands.host(node.name), hands.signal);
  if (isControlPlane(node)) await waitControlPlane(hands.kube, node, hands.signal);
}

function nodeReference(node: SiteNode): ObjectReference {
  return { apiVersion: 'v1', kind: 'Node', name: node.name };
}

function nodeOf(target: Target): SiteNode {
  if (target.kind !== 'node') throw new Error('join-nodes works on nodes');
  return target.node;
}
