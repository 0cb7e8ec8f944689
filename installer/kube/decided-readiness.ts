import { setTimeout as delay } from 'node:timers/promises';
import { type Readiness, readinessOf } from './health.ts';
import type { KubeObject, KubeView, ObjectReference } from './kube.ts';

/** Longest that a controller's verdict is waited for, in milliseconds. */
const verdictMs = 60_000;

/**
 * Readiness of an object whose controller looks at it again and again, such as a Kustomization. At each of its looks the controller
 * says neither yes nor no for a moment; that is no change of state, so its verdict is waited for, up to a minute.
 * Undefined when the object is not there.
 */
export async function decidedReadiness(
  kube: KubeView,
  reference: ObjectReference,
  signal: AbortSignal,
): Promise<Readiness | undefined> {
  const deadline = performance.now() + verdictMs;
  for (;;) {
    const live = await kube.get(reference);
    if (live === undefined) return undefined;
    const readiness = readinessOf(live);
    if (readiness.ready || !isUndecided(live) || performance.now() >= deadline) return readiness;
    await delay(1000, undefined, { signal });
  }
}

function isUndecided(object: KubeObject): boolean {
  const status = object['status'] as
    | { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
    | undefined;
  return (
    status?.conditions?.some(({ type, status: verdict }) => type === 'Ready' && verdict === 'Unknown') ??
    false
  );
}
