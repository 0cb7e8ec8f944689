import { PerimeterError } from '../base/errors.ts';
import { type Change, definePhase, type Hands, siteTarget } from '../engine/phase.ts';
import { adminFits, fetchAdmin } from '../parts/kubernetes/admin-credentials.ts';
import {
  type ControlPlaneState,
  controlPlaneStates,
  firstControlPlane,
  memberOf,
} from '../parts/kubernetes/control-planes.ts';
import { initCluster } from '../parts/kubernetes/init-cluster.ts';
import { finishKubeadm } from '../parts/kubernetes/kubeadm-run.ts';
import { resetNode } from '../parts/kubernetes/reset-node.ts';
import { waitControlPlane } from '../parts/kubernetes/static-pods.ts';
import type { SiteNode } from '../site/site.ts';

interface Facts {
  readonly first: ControlPlaneState | undefined;
  readonly member: SiteNode | undefined;
  /** The stored administrator's credentials belong to this cluster. */
  readonly adminFits: boolean;
}

type Data = { readonly action: 'reset' | 'init' | 'finish' | 'admin'; readonly node: string };

/** Makes the cluster on its first control plane, and fetches the administrator's credentials. */
export const initControlPlane = definePhase<Facts, Data>({
  name: 'init-control-plane',
  title: 'Initialise the cluster',
  estimate: () => ({ ms: 25_000 }),
  targets: () => [siteTarget],

  async inspect(_target, look) {
    const states = await controlPlaneStates(look);
    const member = memberOf(states);
    return {
      first: firstControlPlane(states),
      member,
      adminFits: member !== undefined && (await adminFits(look.credentials, look.host(member.name))),
    };
  },

  plan(facts) {
    const changes: Change<Data>[] = [];
    const add = (action: Data['action'], node: string, sentence: string): void => {
      changes.push({ id: `${action}/${node}`, sentence, data: { action, node } });
    };
    if (facts.first !== undefined) {
      const { node, state } = facts.first;
      if (state.kind === 'unfinished') {
        add(
          'reset',
          node.name,
          `clean up the init of ${state.undertaking.at} on ${node.name}, which was never finished`,
        );
      }
      if (state.kind === 'running') add('finish', node.name, `let the init that runs on ${node.name} finish`);
      else add('init', node.name, `initialise the cluster on ${node.name}`);
    }
    const keeper = facts.member ?? facts.first?.node;
    if (keeper !== undefined && !facts.adminFits) {
      add('admin', keeper.name, `fetch the administrator's kubeconfig from ${keeper.name}`);
    }
    return changes;
  },

  async apply(change, _target, hands) {
    const { action, node: name } = change.data;
    const node = nodeNamed(hands, name);
    const host = hands.host(name);
    if (action === 'reset') {
      await refuseWhenInUse(hands);
      await resetNode(host);
    } else if (action === 'init') await initCluster(node, hands);
    else if (action === 'finish') await finishKubeadm(host, hands.signal);
    else await fetchAdmin(hands.site, node, host, hands.credentials);
  },

  async settle(_target, hands) {
    const member = memberOf(await controlPlaneStates(hands));
    if (member !== undefined) await waitControlPlane(hands.kube, member, hands.signal);
  },
});

function nodeNamed(hands: Hands, name: string): SiteNode {
  const node = hands.site.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) throw new Error(`the site has no node ${name}`);
  return node;
}

/** A cluster that answers to the site's own credentials was finished, whatever the marks on the node say. */
async function refuseWhenInUse(hands: Hands): Promise<void> {
  if (!(await hands.kube.reachable())) return;
  throw new PerimeterError('E_CHECK_REFUSED', {
    message:
      'The marks on the first control plane say that its init never finished, yet the cluster answers to the site.',
    hint: 'Look at /var/lib/perimeter/kubernetes on that host; if the cluster is whole, copy begun.json to done.json there.',
  });
}
