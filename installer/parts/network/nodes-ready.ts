import { defineStep, type PhaseStep } from '../../engine/phase-step.ts';
import { readinessOf, waitHealthy } from '../../kube/health.ts';
import type { ObjectReference } from '../../kube/kube.ts';

interface NodeTrouble {
  readonly name: string;
  readonly reason: string;
}

type Data = { readonly node: string };

/** Every node of the site is in the cluster and Ready; the pod network was the last thing that they waited for. */
export const nodesReady: PhaseStep = defineStep<readonly NodeTrouble[], Data>({
  name: 'nodes',

  async inspect(_target, look) {
    const troubles: NodeTrouble[] = [];
    for (const { name } of look.site.nodes) {
      const live = await look.kube.get(reference(name));
      const readiness = live === undefined ? undefined : readinessOf(live);
      if (readiness === undefined) troubles.push({ name, reason: 'it is not in the cluster' });
      else if (!readiness.ready) troubles.push({ name, reason: readiness.reason });
    }
    return troubles;
  },

  plan(troubles) {
    return troubles.map(({ name, reason }) => ({
      id: `ready/${name}`,
      sentence: `wait until node ${name} is Ready (${reason})`,
      data: { node: name },
    }));
  },

  async apply(change, _target, hands) {
    await waitHealthy(hands.kube, [reference(change.data.node)], {
      timeoutMs: 180_000,
      signal: hands.signal,
    });
  },
});

function reference(name: string): ObjectReference {
  return { apiVersion: 'v1', kind: 'Node', name };
}
