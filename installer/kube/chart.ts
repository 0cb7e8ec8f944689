import { join } from 'node:path';
import { execa } from 'execa';
import { loadAll, YAML11_SCHEMA } from 'js-yaml';
import { canonicalJson } from '../base/digest.ts';
import { messageOf, PerimeterError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import type { OpenBundle } from '../bundle/bundle.ts';
import { extractFiles } from '../bundle/extract-files.ts';
import { inApplyOrder } from './apply-order.ts';
import type { KubeObject } from './kube.ts';

/** A chart of the bundle under a name in a namespace, as Helm knows it. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  /** Artifact of kind `chart`, for example "chart-coredns". */
  readonly chart: string;
  /** Never a secret: the same values are later written to Git. */
  readonly values: JsonObject;
}

/** Objects that a cluster has only one of, whatever the release's namespace. */
const clusterKinds = new Set([
  'APIService',
  'ClusterInterceptor',
  'ClusterRole',
  'ClusterRoleBinding',
  'ClusterSecretStore',
  'CustomResourceDefinition',
  'IngressClass',
  'MutatingWebhookConfiguration',
  'Namespace',
  'PersistentVolume',
  'PriorityClass',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
]);

/**
 * Renders a release with the bundle's own helm. Objects carry Helm's marks of ownership, so that the GitOps controller's Helm takes
 * them over later instead of refusing them; hooks are left out. Raises E_CHART with helm's words.
 */
export async function renderRelease(bundle: OpenBundle, release: Release): Promise<readonly KubeObject[]> {
  let known = rendered.get(bundle);
  if (known === undefined) rendered.set(bundle, (known = new Map()));
  const key = canonicalJson(release);
  const objects = known.get(key) ?? render(bundle, release);
  known.set(key, objects);
  return await objects;
}

/** Looking, planning, applying and waiting each need the objects; helm runs once for all of them. */
const rendered = new WeakMap<OpenBundle, Map<string, Promise<readonly KubeObject[]>>>();

async function render(bundle: OpenBundle, release: Release): Promise<readonly KubeObject[]> {
  return inApplyOrder(objectsIn(await helmTemplate(bundle, release), release));
}

/** What `helm template` writes for a release, each manifest behind a comment with its file. Raises E_CHART with helm's words. */
export async function helmTemplate(bundle: OpenBundle, release: Release): Promise<string> {
  const chart = join(await extractFiles(bundle, release.chart), release.chart.replace(/^chart-/, ''));
  const helm = join(await extractFiles(bundle, 'helm'), 'usr/local/bin/helm');
  try {
    const { stdout } = await execa(
      helm,
      ['template', release.name, chart, '--namespace', release.namespace, '--include-crds', '--values', '-'],
      // An own, empty home: nothing that lies on this machine may change what is rendered.
      {
        input: JSON.stringify(release.values),
        env: { HELM_CONFIG_HOME: chart, HELM_DATA_HOME: chart },
        timeout: 60_000,
      },
    );
    return stdout;
  } catch (error) {
    throw new PerimeterError('E_CHART', {
      message: `Chart ${release.chart} could not be rendered for release ${release.name}: ${messageOf(error)}`,
      hint: `Look at charts/${release.chart.replace(/^chart-/, '')} and the values; then build the bundle again.`,
      cause: error,
    });
  }
}

/** The objects of helm's output, ready to be applied. */
export function objectsIn(yaml: string, release: Pick<Release, 'name' | 'namespace'>): readonly KubeObject[] {
  return documentsIn(yaml)
    .filter((object) => object.metadata.annotations?.['helm.sh/hook'] === undefined)
    .map((object) => owned(object, release));
}

/** Everything in helm's output as it stands there, hooks too. */
export function documentsIn(yaml: string): readonly KubeObject[] {
  // Helm and Kubernetes read YAML 1.1, where 0644 is octal and yes is true.
  const documents = loadAll(yaml, { schema: YAML11_SCHEMA }) as readonly (KubeObject | null | undefined)[];
  return documents.filter((document) => document !== null && document !== undefined);
}

function owned(object: KubeObject, release: Pick<Release, 'name' | 'namespace'>): KubeObject {
  const { metadata } = object;
  const placed =
    metadata.namespace !== undefined || clusterKinds.has(object.kind) ? {} : { namespace: release.namespace };
  // Helm neither owns nor removes what lies in a chart's crds/ folder.
  if (object.kind === 'CustomResourceDefinition') return object;
  return {
    ...object,
    metadata: {
      ...metadata,
      ...placed,
      labels: { ...metadata.labels, 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: {
        ...metadata.annotations,
        'meta.helm.sh/release-name': release.name,
        'meta.helm.sh/release-namespace': release.namespace,
      },
    },
  };
}
