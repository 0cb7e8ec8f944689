import { applyPhases } from '../engine/apply-phases.ts';
import { nodeTarget, type Phase } from '../engine/phase.ts';
import { isEmpty, type PlanDocument } from '../engine/plan.ts';
import { planPhases } from '../engine/plan-phases.ts';
import { type EngineSetup, lookOf } from '../engine/setup.ts';
import { type NoticedDifference, noticedDifferences } from '../parts/watch/read-watch.ts';
import { recordBaseline } from '../parts/watch/record-baseline.ts';
import { keyOf } from '../parts/watch/watched-state.ts';
import { seedImages } from '../phases/seed-images.ts';
import { sendAgent } from '../phases/send-agent.ts';
import { inspectWatch, watchNodes } from '../phases/watch-nodes.ts';
import { playbookPhases } from '../phases/watched-things.ts';
import { onEveryNode } from './on-every-node.ts';

/** The phases of an installation that make a node what it is below Kubernetes; what they need travels as it does then. */
const nodePhases: readonly Phase[] = [sendAgent, seedImages, ...playbookPhases, watchNodes];

export interface NodeDrift {
  readonly node: string;
  /** False until an installation came to its end there: then only what playbooks declare can be compared. */
  readonly recorded: boolean;
  readonly differences: readonly NoticedDifference[];
}

export interface Drift {
  readonly nodes: readonly NodeDrift[];
  /** What would put it right. */
  readonly plan: PlanDocument;
}

/** Looks at everything below Kubernetes on every node. Raises what keeps any of them from being looked at, all at once. */
export async function findDrift(setup: EngineSetup): Promise<Drift> {
  const nodes = await lookAtNodes(setup);
  return { nodes, plan: await planPhases(nodePhases, setup) };
}

/** What every node itself noticed: what is not as recorded, when that was changed, and by whom where its audit log has it. */
export async function lookAtNodes({
  site,
  hosts,
}: Pick<EngineSetup, 'site' | 'hosts'>): Promise<readonly NodeDrift[]> {
  return await onEveryNode('drift', site.nodes, async ({ name }): Promise<NodeDrift> => {
    const differences = await noticedDifferences(hosts.hands(name));
    return { node: name, recorded: differences !== undefined, differences: differences ?? [] };
  });
}

export function isDrifted({ nodes, plan }: Drift): boolean {
  return !isEmpty(plan) || nodes.some(({ differences }) => differences.length > 0);
}

/** Puts right what was found, by the same plan and nothing else, and tells what is left. */
export async function healDrift(setup: EngineSetup, { plan }: Drift): Promise<Drift> {
  await applyPhases(nodePhases, { ...setup, approved: plan });
  return await findDrift(setup);
}

/** Takes what was found for right, as far as no playbook declares otherwise. The journal keeps what it was and why. */
export async function acceptDrift(setup: EngineSetup, drift: Drift, reason: string): Promise<Drift> {
  for (const { node: name, recorded, differences } of drift.nodes) {
    const node = setup.site.nodes.find((candidate) => candidate.name === name);
    if (node === undefined || !recorded || differences.length === 0) continue;
    const { epochs, changing } = await inspectWatch(node, nodeTarget(node), lookOf(setup));
    const taken = differences.filter((difference) => !changing.has(keyOf(difference)));
    if (taken.length === 0) continue;
    for (const { kind, name: thing, wanted, found, audited } of taken)
      await setup.journal.record({
        event: 'drift-accepted',
        target: name,
        kind,
        name: thing,
        wanted,
        found,
        ...(audited === undefined ? {} : { audited: { ...audited } }),
        reason,
      });
    await recordBaseline(setup.hosts.hands(name), epochs, new Set(taken.map(keyOf)));
  }
  return await findDrift(setup);
}
