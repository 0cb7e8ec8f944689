import { waitFor } from '../../base/condition.ts';
import type { JsonObject } from '../../base/json.ts';
import { defineStep, type PhaseStep } from '../../engine/phase-step.ts';
import { decidedReadiness } from '../../kube/decided-readiness.ts';
import type { KubeView, ObjectReference } from '../../kube/kube.ts';
import { referenceOf } from '../../kube/object-names.ts';
import type { Site } from '../../site/site.ts';
import type { DeclaredRelease } from './declared-release.ts';
import { fluxNamespace } from './flux-release.ts';
import { fluxSources } from './flux-sources.ts';

interface ConnectFacts {
  /** Sources and kustomizations that are not there. */
  readonly missing: readonly string[];
}

/** Points the controller at the repositories, once; after that the objects that do so come from Git themselves. */
export function connectStep(): PhaseStep {
  return defineStep<ConnectFacts, JsonObject>({
    name: 'connect',

    async inspect(_target, look) {
      const missing: string[] = [];
      for (const object of fluxSources(look.site)) {
        if ((await look.kube.get(referenceOf(object))) === undefined)
          missing.push(`${object.kind} ${object.metadata.name}`);
      }
      return { missing };
    },

    plan: ({ missing }) =>
      missing.length === 0
        ? []
        : [
            {
              id: 'connect',
              sentence: `have the GitOps controller pull the site's repositories (${missing.join(', ')})`,
              data: {},
            },
          ],

    async apply(_change, _target, hands) {
      for (const object of fluxSources(hands.site)) {
        if ((await hands.kube.get(referenceOf(object))) === undefined) await hands.kube.apply(object);
      }
    },
  });
}

interface DrivenFacts {
  /** Releases that Git does not drive yet, or that are not ready, with the reason. */
  readonly troubles: readonly string[];
}

/** Waits until Git drives the named releases and they are ready. It changes nothing: the controller does. */
export function drivenStep(awaited: (site: Site) => readonly DeclaredRelease[]): PhaseStep {
  return defineStep<DrivenFacts, JsonObject>({
    name: 'driven',

    async inspect(_target, look) {
      return { troubles: await releaseTroubles(look.kube, awaited(look.site), look.signal) };
    },

    plan({ troubles }, _target, { site }) {
      if (troubles.length === 0) return [];
      const names = awaited(site).map(({ release }) => release.name);
      const why = troubles.length > 3 ? '' : ` (${troubles.join('; ')})`;
      return [{ id: 'await', sentence: `wait until Git drives ${names.join(', ')}${why}`, data: {} }];
    },

    async apply() {},

    async settle(_target, hands) {
      await waitFor({
        description: 'Git drives the services of the platform',
        timeoutMs: 600_000,
        intervalMs: 2000,
        signal: hands.signal,
        hint: 'Look at the releases: kubectl -n flux-system get gitrepositories,kustomizations,helmreleases',
        probe: async (report) => {
          const troubles = await releaseTroubles(hands.kube, awaited(hands.site), hands.signal);
          report(troubles.join('; '));
          return troubles.length === 0 ? true : undefined;
        },
      });
    },
  });
}

async function releaseTroubles(
  kube: KubeView,
  awaited: readonly DeclaredRelease[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const references: readonly ObjectReference[] = [
    {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      namespace: fluxNamespace,
      name: 'platform',
    },
    ...awaited.map(({ release }) => ({
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      namespace: fluxNamespace,
      name: release.name,
    })),
  ];
  const troubles: string[] = [];
  for (const reference of references) {
    const readiness = await decidedReadiness(kube, reference, signal);
    if (readiness === undefined) troubles.push(`${reference.name}: not declared in the cluster yet`);
    else if (!readiness.ready) troubles.push(`${reference.name}: ${readiness.reason}`);
  }
  return troubles;
}
