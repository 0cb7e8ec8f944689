import { mapParallel } from '../../base/parallel.ts';
import type { Hands, Look } from '../../engine/phase.ts';
import { controlPlaneNodes, type SiteNode } from '../../site/site.ts';
import { type NodeState, nodeStateOf } from './node-state.ts';

export interface ControlPlaneState {
  readonly node: SiteNode;
  readonly state: NodeState;
}

export async function controlPlaneStates(look: Look | Hands): Promise<readonly ControlPlaneState[]> {
  const nodes = controlPlaneNodes(look.site);
  return await mapParallel(nodes, nodes.length, async (node) => ({
    node,
    state: await nodeStateOf(look.host(node.name), look.site.name),
  }));
}

/**
 * The node on which the cluster begins, or undefined once there is a member: from then on every other node joins, so that a lost
 * first control plane never starts a second cluster.
 */
export function firstControlPlane(states: readonly ControlPlaneState[]): ControlPlaneState | undefined {
  if (states.some(({ state }) => state.kind === 'member')) return undefined;
  const begun = states.find(({ state }) => 'undertaking' in state && state.undertaking.action === 'init');
  return begun ?? states[0];
}

/** A control plane that works for the cluster already; undefined when there is none. */
export function memberOf(states: readonly ControlPlaneState[]): SiteNode | undefined {
  return states.find(({ state }) => state.kind === 'member')?.node;
}
