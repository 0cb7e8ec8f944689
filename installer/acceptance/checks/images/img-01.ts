import { repositoryOf } from '../../../bundle/bundle.ts';
import type { KubeObject } from '../../../kube/kube.ts';
import type { AcceptanceCheck, CheckContext } from '../../check.ts';
import { productionOf } from '../../subject.ts';

interface UsedImage {
  readonly where: string;
  readonly image: string;
}

interface PodSpec {
  readonly containers?: readonly { readonly name: string; readonly image: string }[];
  readonly initContainers?: readonly { readonly name: string; readonly image: string }[];
  readonly ephemeralContainers?: readonly { readonly name: string; readonly image: string }[];
  readonly volumes?: readonly { readonly name: string; readonly image?: { readonly reference?: string } }[];
}

/** Every image that a pod names, in whatever place. */
function imagesOf(pod: KubeObject): UsedImage[] {
  const spec = pod['spec'] as PodSpec;
  const where = `${pod.metadata.namespace}/${pod.metadata.name}`;
  const containers = [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ];
  const volumes = (spec.volumes ?? []).flatMap(({ name, image }) =>
    image?.reference === undefined ? [] : [{ name, image: image.reference }],
  );
  return [...containers, ...volumes].map(({ name, image }) => ({ where: `${where}/${name}`, image }));
}

/** The references that this bundle's images have on this site. */
function allowedImages(context: CheckContext): ReadonlySet<string> {
  const { host, port } = context.site.endpoints.registry;
  const images = context.bundle.artifacts.filter((artifact) => artifact.kind === 'image');
  return new Set(
    images.map((artifact) => `${host}:${port}/${repositoryOf(artifact.name)}@${artifact.digest}`),
  );
}

export const img01: AcceptanceCheck = {
  id: 'IMG-01',
  title: 'Every running image is internal and by digest',
  requirement:
    'Only images of the verified bundle run, named by digest in the internal registry; static pods included.',
  method: 'api',
  passCriterion: 'all images of all pods are in the bundle, by digest, from the internal registry',
  severity: 'critical',
  timeoutMs: 60_000,
  async run(context) {
    const pods = await context.kube.list('v1', 'Pod');
    const used = pods.flatMap(imagesOf);
    const allowed = allowedImages(context);
    const foreign = used.filter(({ image }) => !allowed.has(image));
    context.evidence('images.json', JSON.stringify(used, undefined, 2));
    context.observe({
      what: 'pods looked at',
      wanted: 'at least one on every node',
      found: `${pods.length}`,
      ok: pods.length >= context.site.nodes.length,
    });
    context.observe({
      what: `images of ${used.length} containers`,
      wanted: 'all from the bundle, by digest',
      found:
        foreign.length === 0
          ? `${used.length} of ${used.length}`
          : foreign.map(({ where, image }) => `${where}: ${image}`).join(', '),
      ok: used.length > 0 && foreign.length === 0,
    });
  },
  mutation: {
    title: 'a pod whose image is named by tag',
    async apply(context) {
      const { namespace } = productionOf(context);
      const { host, port } = context.site.endpoints.registry;
      const reference = { apiVersion: 'v1', kind: 'Pod', namespace, name: 'perimeter-mutation-tag' };
      await context.kube.apply({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: reference.name, namespace },
        spec: {
          restartPolicy: 'Never',
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65_534,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              name: 'tagged',
              image: `${host}:${port}/${repositoryOf('pause')}:latest`,
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
            },
          ],
        },
      });
      return () => context.kube.delete(reference);
    },
  },
};
