import type { JsonObject } from '../base/json.ts';
import { imageReference, type OpenBundle } from '../bundle/bundle.ts';
import type { CredentialView } from '../site/credentials.ts';
import type { Site } from '../site/site.ts';
import { type Release, renderRelease } from './chart.ts';
import type { KubeObject } from './kube.ts';

export type PodSecurity = 'privileged' | 'baseline' | 'restricted';

/** What a release's values are made from. The credentials are there for what is public in them: the site's CA certificate. */
export interface ReleaseInputs {
  readonly site: Site;
  readonly bundle: OpenBundle;
  readonly credentials: CredentialView;
}

/**
 * One chart of the platform as the site runs it. The installer applies it with its own hands when the GitOps controller needs it to
 * exist; the platform repository holds it as a HelmRelease of the same name, namespace and values.
 */
export interface PlatformRelease {
  readonly name: string;
  readonly namespace: string;
  /** What pods of the namespace may do at most. */
  readonly podSecurity: PodSecurity;
  /** Artifact of kind `chart`. */
  readonly chart: string;
  /** Artifacts whose references the chart gets as `images.<artifact>`. */
  readonly images: readonly string[];
  /** Further values; never a secret, since they are written to Git. */
  readonly values: (inputs: ReleaseInputs) => JsonObject;
}

/** All values of a release: image references by digest, and its own. */
export function valuesOf(release: PlatformRelease, inputs: ReleaseInputs): JsonObject {
  const { host, port } = inputs.site.endpoints.registry;
  const images = release.images.map((name) => [
    name,
    imageReference(`${host}:${port}`, inputs.bundle.artifact(name)),
  ]);
  return { images: Object.fromEntries(images) as JsonObject, ...release.values(inputs) };
}

export function renderPlatformRelease(
  release: PlatformRelease,
  inputs: ReleaseInputs,
): Promise<readonly KubeObject[]> {
  const { name, namespace, chart } = release;
  const rendered: Release = { name, namespace, chart, values: valuesOf(release, inputs) };
  return renderRelease(inputs.bundle, rendered);
}

/** The namespace of a release, with what its pods may do. Undefined for namespaces that a cluster has anyway. */
export function namespaceOf(release: PlatformRelease): KubeObject | undefined {
  if (['default', 'kube-system'].includes(release.namespace)) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: release.namespace,
      labels: { 'pod-security.kubernetes.io/enforce': release.podSecurity },
    },
  };
}
