import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject, ObjectReference } from '../kube/kube.ts';
import type { CheckContext } from './check.ts';

/** The sample application in one environment: what the checks break and watch. */
export interface Subject {
  readonly environment: string;
  readonly namespace: string;
  readonly deployment: ObjectReference;
  readonly service: ObjectReference;
  readonly configMap: ObjectReference;
  /** The controller's object that drives this environment. */
  readonly driver: ObjectReference;
  /** The release that made the driver, and would put it right. */
  readonly driverRelease: ObjectReference;
}

function subjectOf(environment: string): Subject {
  const namespace = `app-${environment}`;
  const name = 'sample-app';
  return {
    environment,
    namespace,
    deployment: { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name },
    service: { apiVersion: 'v1', kind: 'Service', namespace, name },
    configMap: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name },
    driver: {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      namespace: 'flux-system',
      name: namespace,
    },
    driverRelease: {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      namespace: 'flux-system',
      name: `environment-${environment}`,
    },
  };
}

/** The last environment in the order of promotion: production. */
export function productionOf(context: CheckContext): Subject {
  return subjectOf(context.site.environments.at(-1) ?? 'prod');
}

/** Drift must be gone after one interval of the controller and half a minute. */
export function driftLimitMs(context: CheckContext): number {
  return context.site.gitops.intervalSeconds * 1000 + 30_000;
}

/** Stops the controller from driving the environment, and from healing that: the mutation of the drift checks. */
export async function suspendDriver(context: CheckContext, subject: Subject): Promise<() => Promise<void>> {
  await context.kube.patch(subject.driverRelease, { spec: { suspend: true } });
  await holdField(context, subject.driver, 'suspend', true);
  return async () => {
    await context.kube.patch(subject.driver, { spec: { suspend: null } });
    await context.kube.patch(subject.driverRelease, { spec: { suspend: null } });
  };
}

/** The release's controller may still be at work when it is suspended, and heal once more: a change must be seen to last. */
export async function holdField(
  context: CheckContext,
  reference: ObjectReference,
  field: 'suspend' | 'replicas',
  value: boolean | number,
): Promise<void> {
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    await context.kube.patch(reference, { spec: { [field]: value } });
    await delay(4000, undefined, { signal: context.signal });
    if (fieldOf(await context.kube.get(reference), ['spec', field]) === value) return;
  }
  throw new Error(`${reference.kind} ${reference.name} does not keep ${field} ${value}`);
}

/** Reads a field by path, for example ['spec', 'replicas']; undefined when a part of the path is missing. */
export function fieldOf(object: KubeObject | undefined, path: readonly (string | number)[]): unknown {
  let value: unknown = object;
  for (const key of path) value = (value as Record<string | number, unknown> | undefined | null)?.[key];
  return value;
}

/** True when every wanted replica of the Deployment runs the current template and is ready. */
export function isRolledOut(deployment: KubeObject | undefined): boolean {
  const wanted = fieldOf(deployment, ['spec', 'replicas']);
  return (
    wanted !== undefined &&
    fieldOf(deployment, ['status', 'observedGeneration']) ===
      fieldOf(deployment, ['metadata', 'generation']) &&
    fieldOf(deployment, ['status', 'updatedReplicas']) === wanted &&
    fieldOf(deployment, ['status', 'readyReplicas']) === wanted &&
    fieldOf(deployment, ['status', 'replicas']) === wanted
  );
}
