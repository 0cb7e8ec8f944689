import type { JsonObject } from '../../base/json.ts';
import { defineStep, type PhaseStep } from '../../engine/phase-step.ts';
import { decidedReadiness } from '../../kube/decided-readiness.ts';
import { waitHealthy } from '../../kube/health.ts';
import type { ObjectReference } from '../../kube/kube.ts';
import type { Site } from '../../site/site.ts';

/** In every environment: what the controller says, and what the application says. */
function awaitedIn(site: Site): readonly ObjectReference[] {
  return site.environments.flatMap((environment) => [
    {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      namespace: 'flux-system',
      name: `app-${environment}`,
    },
    { apiVersion: 'apps/v1', kind: 'Deployment', namespace: `app-${environment}`, name: 'sample-app' },
  ]);
}

/** Where the controller takes the applications from. */
const source: ObjectReference = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  namespace: 'flux-system',
  name: 'apps',
};

/** Waits until the applications run as Git says. */
export function runningStep(): PhaseStep {
  return defineStep<{ readonly waiting: readonly string[] }, JsonObject>({
    name: 'running',

    async inspect(_target, look) {
      const waiting: string[] = [];
      for (const reference of awaitedIn(look.site)) {
        const readiness = await decidedReadiness(look.kube, reference, look.signal);
        if (readiness?.ready !== true)
          waiting.push(`${reference.kind} ${reference.namespace}/${reference.name}`);
      }
      return { waiting };
    },

    plan: ({ waiting }, _target, { site }) =>
      waiting.length === 0
        ? []
        : [
            {
              id: 'await',
              sentence: `wait until the sample application runs in ${site.environments.join(', ')}`,
              data: {},
            },
          ],

    // While the repository was empty the controller waited longer after each look; it is asked to look now.
    async apply(_change, _target, { kube }) {
      const requestedAt = new Date().toISOString();
      await kube.patch(source, {
        metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': requestedAt } },
      });
    },

    async settle(_target, hands) {
      await waitHealthy(hands.kube, awaitedIn(hands.site), { timeoutMs: 300_000, signal: hands.signal });
    },
  });
}
