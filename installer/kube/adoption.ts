import type { KubeView } from './kube.ts';

interface HelmReleaseSpec {
  readonly releaseName?: string;
  readonly targetNamespace?: string;
}

/** True once a HelmRelease in the cluster drives the release: Git is its truth from then on. */
export async function isAdopted(
  kube: KubeView,
  release: { readonly name: string; readonly namespace: string },
): Promise<boolean> {
  const helmReleases = await kube.list('helm.toolkit.fluxcd.io/v2', 'HelmRelease');
  return helmReleases.some((helmRelease) => {
    const spec = helmRelease['spec'] as HelmReleaseSpec;
    const name = spec.releaseName ?? helmRelease.metadata.name;
    const namespace = spec.targetNamespace ?? helmRelease.metadata.namespace;
    return name === release.name && namespace === release.namespace;
  });
}
