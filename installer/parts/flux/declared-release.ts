import type { KubeObject } from '../../kube/kube.ts';
import { type PlatformRelease, type ReleaseInputs, valuesOf } from '../../kube/release.ts';
import { fluxNamespace, platformReconciler } from './flux-release.ts';

/** A release as the platform repository declares it. */
export interface DeclaredRelease {
  readonly release: PlatformRelease;
  /** Names of releases that must be ready before. */
  readonly after?: readonly string[];
  /** The service carries the controller or the repository: taking its file out of Git must not remove it. */
  readonly vital?: boolean;
  /** False for releases whose objects become ready only by what comes later. */
  readonly waits?: boolean;
  /** Fields that another controller writes, as JSON pointers, by kind. */
  readonly leftAlone?: readonly { readonly kind: string; readonly paths: readonly string[] }[];
}

/** Tells the kustomize controller not to delete an object whose file is gone. */
export const keptWithoutFile = { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' };

/** The HelmRelease that drives a release from Git. A failed step is tried again; nothing is ever uninstalled by itself. */
export function helmReleaseOf(declared: DeclaredRelease, inputs: ReleaseInputs): KubeObject {
  const { release, after = [], vital = false, waits = true, leftAlone = [] } = declared;
  const wait = waits ? {} : { disableWait: true };
  const retry = { strategy: { name: 'RetryOnFailure', retryInterval: '15s' }, ...wait };
  return {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: {
      name: release.name,
      namespace: fluxNamespace,
      ...(vital ? { annotations: keptWithoutFile } : {}),
    },
    spec: {
      interval: '2m',
      timeout: '5m',
      releaseName: release.name,
      targetNamespace: release.namespace,
      storageNamespace: fluxNamespace,
      serviceAccountName: platformReconciler,
      maxHistory: 3,
      ...(after.length === 0 ? {} : { dependsOn: after.map((name) => ({ name })) }),
      chart: {
        spec: {
          chart: `./charts/${chartFolder(release)}`,
          sourceRef: { kind: 'GitRepository', name: 'platform' },
          // A new commit is noticed at once; this is for everything else.
          interval: '10m',
          reconcileStrategy: 'ChartVersion',
        },
      },
      install: { crds: 'CreateReplace', ...retry },
      upgrade: { crds: 'CreateReplace', ...retry },
      driftDetection: {
        mode: 'enabled',
        ...(leftAlone.length === 0
          ? {}
          : { ignore: leftAlone.map(({ kind, paths }) => ({ paths: [...paths], target: { kind } })) }),
      },
      values: valuesOf(release, inputs),
    },
  };
}

/** Folder of the release's chart in the repository: the artifact's name without its kind. */
export function chartFolder(release: PlatformRelease): string {
  return release.chart.replace(/^chart-/, '');
}
