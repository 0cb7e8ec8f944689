import type { JsonObject } from '../../base/json.ts';
import { defineStep, type PhaseStep } from '../../engine/phase-step.ts';
import { readinessOf, waitHealthy } from '../../kube/health.ts';
import type { ObjectReference } from '../../kube/kube.ts';
import { ciNamespace } from './ci-releases.ts';

/** What must be there for a pull request to be checked: the listener, and the tokens that were delivered. */
const needed: readonly ObjectReference[] = [
  { apiVersion: 'apps/v1', kind: 'Deployment', namespace: ciNamespace, name: 'el-pull-requests' },
  ...['git-clone', 'git-status', 'git-webhook'].map((name) => ({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    namespace: ciNamespace,
    name,
  })),
];

/** Waits until CI can hear and answer; it comes by Git. */
export function listenerStep(): PhaseStep {
  return defineStep<{ readonly waiting: readonly string[] }, JsonObject>({
    name: 'listener',

    async inspect(_target, look) {
      const waiting: string[] = [];
      for (const reference of needed) {
        const live = await look.kube.get(reference);
        if (live === undefined || !readinessOf(live).ready)
          waiting.push(`${reference.kind} ${reference.name}`);
      }
      return { waiting };
    },

    plan: ({ waiting }) =>
      waiting.length === 0
        ? []
        : [{ id: 'await', sentence: `wait until CI listens (${waiting.join(', ')})`, data: {} }],

    async apply() {},

    async settle(_target, hands) {
      await waitHealthy(hands.kube, needed, { timeoutMs: 300_000, signal: hands.signal });
    },
  });
}
