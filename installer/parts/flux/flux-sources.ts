import type { KubeObject } from '../../kube/kube.ts';
import type { Site } from '../../site/site.ts';
import { fluxNamespace, gitSecret, platformReconciler } from './flux-release.ts';

/** The repositories that the controller pulls, and the object that applies the platform's own. In Git too, so that Git drives them. */
export function fluxSources(site: Site): readonly KubeObject[] {
  const interval = `${site.gitops.intervalSeconds}s`;
  return [
    gitRepository(site, 'platform', interval),
    gitRepository(site, 'apps', interval),
    {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name: 'platform', namespace: fluxNamespace },
      spec: {
        interval,
        retryInterval: interval,
        timeout: '2m',
        path: './clusters/site',
        prune: true,
        serviceAccountName: platformReconciler,
        sourceRef: { kind: 'GitRepository', name: 'platform' },
      },
    },
  ];
}

function gitRepository(site: Site, name: 'platform' | 'apps', interval: string): KubeObject {
  const { host, port } = site.endpoints.git;
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name, namespace: fluxNamespace },
    spec: {
      interval,
      timeout: '30s',
      url: `https://${host}:${port}/platform/${name}.git`,
      ref: { branch: 'main' },
      secretRef: { name: gitSecret },
    },
  };
}
