import { type Condition, waitFor } from '../base/condition.ts';
import type { KubeObject, KubeView, ObjectReference } from './kube.ts';
import { keyOf, nameOf } from './object-names.ts';
import { podTrouble } from './pod-trouble.ts';

export type Readiness = { readonly ready: true } | { readonly ready: false; readonly reason: string };

interface StatusCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
}

interface Status {
  readonly observedGeneration?: number;
  readonly conditions?: readonly StatusCondition[];
  readonly [count: string]: unknown;
}

const ready: Readiness = { ready: true };

/** Kinds whose objects say by a Ready condition that they took effect; before the first report they are not ready. */
const mustReport = /(^|\.)(toolkit\.fluxcd\.io|external-secrets\.io)\//;

const judges: Readonly<Record<string, (object: KubeObject, status: Status) => Readiness>> = {
  Deployment: (object, status) => {
    const failed = conditionOf(status, 'Progressing');
    if (failed?.status === 'False') return notReady(failed.message ?? 'its rollout does not progress');
    return replicasReady(object, status, ['updatedReplicas', 'availableReplicas', 'replicas']);
  },
  StatefulSet: (object, status) => replicasReady(object, status, ['updatedReplicas', 'readyReplicas']),
  DaemonSet: (_object, status) => {
    const wanted = numberOf(status, 'desiredNumberScheduled');
    if (wanted === 0) return notReady('no node takes its pods yet');
    const updated = numberOf(status, 'updatedNumberScheduled');
    if (updated < wanted) return notReady(`${updated} of ${wanted} nodes have the new pod`);
    const available = numberOf(status, 'numberAvailable');
    return available < wanted ? notReady(`its pod is available on ${available} of ${wanted} nodes`) : ready;
  },
  Job: (_object, status) => {
    const failed = conditionOf(status, 'Failed');
    if (failed?.status === 'True') return notReady(`it failed: ${failed.message ?? failed.reason ?? ''}`);
    return byCondition(status, 'Complete');
  },
  Pod: (_object, status) => byCondition(status, 'Ready'),
  Node: (_object, status) => byCondition(status, 'Ready'),
  CustomResourceDefinition: (_object, status) => byCondition(status, 'Established'),
  APIService: (_object, status) => byCondition(status, 'Available'),
  PersistentVolumeClaim: (_object, status) =>
    // A claim may wait for its first consumer; the consumer's health tells the rest.
    status['phase'] === 'Lost' ? notReady('its volume is lost') : ready,
};

/** Whether an object has taken effect. Kinds that report nothing count as ready once they exist. */
export function readinessOf(object: KubeObject): Readiness {
  const status = (object['status'] ?? {}) as Status;
  const generation = object.metadata['generation'];
  const observed = status.observedGeneration;
  if (typeof generation === 'number' && observed !== undefined && observed < generation) {
    return notReady('its controller has not seen the latest change');
  }
  const judge = judges[object.kind];
  if (judge !== undefined) return judge(object, status);
  if (mustReport.test(object.apiVersion) && 'spec' in object) return byCondition(status, 'Ready');
  return conditionOf(status, 'Ready') === undefined ? ready : byCondition(status, 'Ready');
}

/** Waits until all the named objects are ready. The error names each one that is not, with what its pods say. */
export async function waitHealthy(
  kube: KubeView,
  references: readonly ObjectReference[],
  options: Pick<Condition<true>, 'timeoutMs'> & { readonly signal?: AbortSignal },
): Promise<void> {
  const pending = new Map(references.map((reference) => [keyOf(reference), reference]));
  await waitFor({
    description: `${references.length === 1 ? 'the object is' : `${references.length} objects are`} ready`,
    ...options,
    probe: async (report) => {
      const troubles: string[] = [];
      for (const [key, reference] of pending) {
        const trouble = await troubleOf(kube, reference);
        if (trouble === undefined) pending.delete(key);
        else troubles.push(trouble);
      }
      report(troubles.join('; '));
      return pending.size === 0 ? true : undefined;
    },
  });
}

async function troubleOf(kube: KubeView, reference: ObjectReference): Promise<string | undefined> {
  const live = await kube.get(reference);
  if (live === undefined) return `${nameOf(reference)} is not there`;
  const readiness = readinessOf(live);
  if (readiness.ready) return undefined;
  const pods = await podTrouble(kube, live);
  return [`${nameOf(reference)}: ${readiness.reason}`, ...pods].join(', ');
}

function replicasReady(object: KubeObject, status: Status, counts: readonly string[]): Readiness {
  const wanted = (object['spec'] as { replicas?: number } | undefined)?.replicas ?? 1;
  for (const name of counts) {
    const found = numberOf(status, name);
    if (found !== wanted) {
      const words = name.replace(/Replicas$/, '').replace('replicas', 'running');
      return notReady(`${found} of ${wanted} replicas are ${words}`);
    }
  }
  return ready;
}

function byCondition(status: Status, type: string): Readiness {
  const condition = conditionOf(status, type);
  if (condition?.status === 'True') return ready;
  return notReady(condition?.message ?? condition?.reason ?? `its condition ${type} is not reported yet`);
}

function conditionOf(status: Status, type: string): StatusCondition | undefined {
  return status.conditions?.find((condition) => condition.type === type);
}

function numberOf(status: Status, name: string): number {
  return typeof status[name] === 'number' ? status[name] : 0;
}

function notReady(reason: string): Readiness {
  return { ready: false, reason };
}
