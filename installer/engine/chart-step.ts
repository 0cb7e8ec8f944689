import type { JsonObject } from '../base/json.ts';
import { count } from '../base/units.ts';
import { isAdopted } from '../kube/adoption.ts';
import { differences } from '../kube/difference.ts';
import { readinessOf, waitHealthy } from '../kube/health.ts';
import type { KubeObject, KubeView, ObjectReference } from '../kube/kube.ts';
import { keyOf, nameOf, referenceOf } from '../kube/object-names.ts';
import { namespaceOf, type PlatformRelease, renderPlatformRelease } from '../kube/release.ts';
import type { Change, Hands, Look, Phase } from './phase.ts';
import { type ComposedPhase, composePhase, defineStep, type PhaseStep } from './phase-step.ts';

export interface ChartStepInput {
  /** Default "charts". */
  readonly name?: string;
  readonly releases: readonly PlatformRelease[];
  /** Makes what `objects` and the charts need (passwords, certificates) before anything is applied. Safe to call again. */
  readonly prepare?: (hands: Hands) => Promise<void>;
  /** Objects that stay the installer's and are never in Git: Secrets. Leaves out the data of credentials that are not made yet. */
  readonly objects?: (look: Look | Hands) => Promise<readonly KubeObject[]> | readonly KubeObject[];
  /** Objects whose health is not this step's to wait for; default: it waits for all. */
  readonly awaited?: (object: KubeObject) => boolean;
  /** How long everything applied may take to become ready; default 5 minutes. */
  readonly settleMs?: number;
}

interface ObjectFacts {
  readonly reference: ObjectReference;
  readonly exists: boolean;
  readonly differences: readonly string[];
  /** Why it is not ready though nothing differs. */
  readonly trouble?: string | undefined;
}

interface ReleaseFacts {
  readonly name: string;
  readonly namespace: string;
  readonly adopted: boolean;
  readonly objects: readonly ObjectFacts[];
}

interface ChartFacts {
  readonly own: readonly ObjectFacts[];
  readonly releases: readonly ReleaseFacts[];
}

interface ChartData extends JsonObject {
  readonly action: 'apply' | 'await';
  /** Keys of the objects. */
  readonly objects: readonly string[];
}

/** Puts charts of the bundle, and the secrets they need, into the cluster; a release that Git drives is left to Git. */
export function chartStep(input: ChartStepInput): PhaseStep {
  return defineStep<ChartFacts, ChartData>({
    name: input.name ?? 'charts',

    async inspect(_target, look) {
      const own: ObjectFacts[] = [];
      for (const object of await ownObjects(input, look)) own.push(await factsOf(look.kube, object, input));
      const releases: ReleaseFacts[] = [];
      for (const release of input.releases) releases.push(await factsOfRelease(look, release, input));
      return { own, releases };
    },

    plan(facts) {
      return [
        ...facts.own.flatMap(planObject),
        ...facts.releases.filter((release) => !release.adopted).flatMap(planRelease),
      ];
    },

    async apply(change, _target, hands) {
      await input.prepare?.(hands);
      const wanted = await wantedObjects(input, hands);
      const objects = change.data.objects.flatMap((key) => wanted.get(key) ?? []);
      if (change.data.action === 'await')
        await waitHealthy(hands.kube, objects.map(referenceOf), limits(input, hands));
      else for (const object of objects) await hands.kube.apply(object);
    },

    async settle(_target, hands) {
      const wanted = await wantedObjects(input, hands);
      const awaited = [...wanted.values()].filter((object) => input.awaited?.(object) ?? true);
      await waitHealthy(hands.kube, awaited.map(referenceOf), limits(input, hands));
    },
  });
}

/** A phase that is nothing but charts. */
export function chartPhase(input: ComposedPhase & ChartStepInput): Phase {
  return composePhase(input, [chartStep({ ...input, name: 'charts' })]);
}

function limits(input: ChartStepInput, hands: Hands): { timeoutMs: number; signal: AbortSignal } {
  return { timeoutMs: input.settleMs ?? 300_000, signal: hands.signal };
}

async function ownObjects(input: ChartStepInput, look: Look | Hands): Promise<readonly KubeObject[]> {
  const namespaces = new Map<string, KubeObject>();
  for (const release of input.releases) {
    const namespace = namespaceOf(release);
    if (namespace !== undefined) namespaces.set(namespace.metadata.name, namespace);
  }
  return [...namespaces.values(), ...((await input.objects?.(look)) ?? [])];
}

/** What is to be in the cluster by the installer's hands, in the order of applying. */
async function wantedObjects(input: ChartStepInput, hands: Hands): Promise<ReadonlyMap<string, KubeObject>> {
  const objects = [...(await ownObjects(input, hands))];
  for (const release of input.releases) {
    if (await isAdopted(hands.kube, release)) continue;
    objects.push(...(await renderPlatformRelease(release, hands)));
  }
  return new Map(objects.map((object) => [keyOf(referenceOf(object)), object]));
}

async function factsOfRelease(
  look: Look,
  release: PlatformRelease,
  input: ChartStepInput,
): Promise<ReleaseFacts> {
  const { name, namespace } = release;
  const adopted = await isAdopted(look.kube, release);
  const objects: ObjectFacts[] = [];
  if (!adopted) {
    for (const object of await renderPlatformRelease(release, look)) {
      objects.push(await factsOf(look.kube, object, input));
    }
  }
  return { name, namespace, adopted, objects };
}

async function factsOf(kube: KubeView, wanted: KubeObject, input: ChartStepInput): Promise<ObjectFacts> {
  const reference = referenceOf(wanted);
  const live = await kube.get(reference);
  if (live === undefined) return { reference, exists: false, differences: [] };
  const readiness = (input.awaited?.(wanted) ?? true) ? readinessOf(live) : { ready: true as const };
  return {
    reference,
    exists: true,
    differences: differences(wanted, live),
    trouble: readiness.ready ? undefined : readiness.reason,
  };
}

function planRelease(release: ReleaseFacts): readonly Change<ChartData>[] {
  if (release.objects.some((object) => object.exists)) return release.objects.flatMap(planObject);
  return [
    {
      id: `install/${release.name}`,
      sentence: `install chart ${release.name} in namespace ${release.namespace} (${count(release.objects.length, 'object')})`,
      data: { action: 'apply', objects: release.objects.map((object) => keyOf(object.reference)) },
    },
  ];
}

function planObject(facts: ObjectFacts): readonly Change<ChartData>[] {
  const [key, name] = [keyOf(facts.reference), nameOf(facts.reference)];
  const change = (action: ChartData['action'], sentence: string): readonly Change<ChartData>[] => [
    { id: `${action}/${key}`, sentence, data: { action, objects: [key] } },
  ];
  if (!facts.exists) return change('apply', `create ${name}`);
  if (facts.differences.length > 0) return change('apply', `change ${name}: ${facts.differences.join(', ')}`);
  return facts.trouble === undefined ? [] : change('await', `wait until ${name} is ready (${facts.trouble})`);
}
