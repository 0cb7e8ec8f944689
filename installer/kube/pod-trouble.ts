import type { KubeObject, KubeView } from './kube.ts';

interface ContainerState {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
  readonly lastState?: { readonly terminated?: { readonly exitCode: number; readonly reason?: string } };
}

interface PodStatus {
  readonly phase?: string;
  readonly conditions?: readonly { type: string; status: string; message?: string }[];
  readonly containerStatuses?: readonly ContainerState[];
  readonly initContainerStatuses?: readonly ContainerState[];
}

/** How many pods are named at most: the first few tell the cause. */
const shownPods = 3;

/** What the pods of a workload say about why they are not ready; empty when it has none or they are fine. */
export async function podTrouble(kube: KubeView, workload: KubeObject): Promise<readonly string[]> {
  const labels = (workload['spec'] as { selector?: { matchLabels?: Record<string, string> } } | undefined)
    ?.selector?.matchLabels;
  if (labels === undefined || workload.metadata.namespace === undefined) return [];
  const labelSelector = Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
  const { namespace } = workload.metadata;
  const pods = await kube.list('v1', 'Pod', { namespace, labelSelector });
  const troubles = pods.flatMap((pod) => troubleOfPod(pod)).toSorted();
  // A pod may wait in silence for something else, a volume above all: then its surroundings tell.
  const words = troubles.length > 0 ? troubles : await warnings(kube, namespace);
  return words.slice(0, shownPods);
}

interface EventObject extends KubeObject {
  readonly type?: string;
  readonly message?: string;
  readonly lastTimestamp?: string;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
}

/** The newest warnings of a namespace, each once. */
async function warnings(kube: KubeView, namespace: string): Promise<readonly string[]> {
  const events = (await kube.list('v1', 'Event', { namespace })) as readonly EventObject[];
  const newestFirst = events
    .filter((event) => event.type === 'Warning')
    .toSorted((a, b) => (b.lastTimestamp ?? '').localeCompare(a.lastTimestamp ?? ''));
  const sentences = newestFirst.map(
    ({ involvedObject, message }) => `${involvedObject?.kind} ${involvedObject?.name}: ${message}`,
  );
  return [...new Set(sentences)];
}

function troubleOfPod(pod: KubeObject): readonly string[] {
  const status = (pod['status'] ?? {}) as PodStatus;
  const unscheduled = status.conditions?.find(
    (condition) => condition.type === 'PodScheduled' && condition.status === 'False',
  );
  if (unscheduled !== undefined)
    return [`pod ${pod.metadata.name}: ${unscheduled.message ?? 'not scheduled'}`];
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  return containers.flatMap((container) => {
    const waiting = container.state?.waiting;
    if (waiting === undefined || waiting.reason === 'PodInitializing') return [];
    const ended = container.lastState?.terminated;
    const exit = ended === undefined ? '' : ` (last exit code ${ended.exitCode})`;
    const words = [waiting.reason, waiting.message].filter(Boolean).join(': ');
    return [`pod ${pod.metadata.name}, container ${container.name}: ${words}${exit}`];
  });
}
