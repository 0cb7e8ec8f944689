import { dump } from 'js-yaml';
import type { KubeObject } from '../../../installer/kube/kube.ts';

/** A kind of place in which an object can name an image. */
export interface ClosurePlace {
  readonly title: string;
  /** An object that names this image in such a place. */
  readonly of: (image: string) => KubeObject;
  /** An image as it would be written there without a second thought. */
  readonly planted: string;
  /** Where it stands, as the proof tells it. */
  readonly path: string;
}

const object = (kind: string, more: object, apiVersion = 'v1'): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: 'x', namespace: 'y' },
  ...more,
});
const pod = (spec: object): KubeObject => object('Pod', { spec });
const container = (more: object): KubeObject => pod({ containers: [{ name: 'c', ...more }] });
const config = (data: object): KubeObject => object('ConfigMap', { data });
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const podText = (image: string): string =>
  dump({ apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ image }] } });

/** Repository and the rest of a reference, however it is pinned. */
function inParts(image: string): object {
  const [, repository = '', tag, digest] = /^(.+?)(?::([\w.-]+))?(?:@(sha256:.+))?$/.exec(image) ?? [];
  return {
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

export const closurePlaces: readonly ClosurePlace[] = [
  {
    title: 'a container',
    of: (image) => container({ image }),
    planted: 'busybox',
    path: '/spec/containers/0/image',
  },
  {
    title: 'an init container',
    of: (image) => pod({ initContainers: [{ image }] }),
    planted: 'busybox',
    path: '/spec/initContainers/0/image',
  },
  {
    title: 'an ephemeral container',
    of: (image) => pod({ ephemeralContainers: [{ image }] }),
    planted: 'busybox',
    path: '/spec/ephemeralContainers/0/image',
  },
  {
    title: 'the template of a CronJob',
    of: (image) =>
      object('CronJob', {
        spec: { jobTemplate: { spec: { template: { spec: { containers: [{ image }] } } } } },
      }),
    planted: 'busybox',
    path: '/spec/jobTemplate/spec/template/spec/containers/0/image',
  },
  {
    title: 'a hook of the chart',
    of: (image) => ({
      ...container({ image }),
      metadata: { name: 'x', annotations: { 'helm.sh/hook': 'pre-install' } },
    }),
    planted: 'busybox',
    path: '/spec/containers/0/image',
  },
  {
    title: 'an argument',
    of: (image) => container({ args: ['--verbose', `--helper=${image}`] }),
    planted: 'ghcr.io/x/y',
    path: '/spec/containers/0/args/1',
  },
  {
    title: 'a command',
    of: (image) => container({ command: ['sh', '-c', `docker run --rm ${image} true`] }),
    planted: 'busybox',
    path: '/spec/containers/0/command/2',
  },
  {
    title: 'the value of a variable',
    of: (image) => container({ env: [{ name: 'HELPER', value: image }] }),
    planted: 'ghcr.io/x/y',
    path: '/spec/containers/0/env/0/value',
  },
  {
    title: 'a variable whose registry is in another',
    of: (image) =>
      container({
        env: [
          { name: 'HOST', value: image.split('/')[0] },
          { name: 'HELPER', value: `$(HOST)/${image.split('/').slice(1).join('/')}` },
        ],
      }),
    planted: 'evil.example.org/evil/thing',
    path: '/spec/containers/0/env/1/value',
  },
  {
    title: 'a variable of an operator',
    of: (image) => container({ env: [{ name: 'RELATED_IMAGE_PROXY', value: image }] }),
    planted: 'busybox',
    path: '/spec/containers/0/env/0/value',
  },
  {
    title: 'an annotation',
    of: (image) => ({ ...object('Service', {}), metadata: { name: 'x', annotations: { inject: image } } }),
    planted: 'evil/thing:stable',
    path: '/metadata/annotations/inject',
  },
  {
    title: 'a text of a ConfigMap',
    of: (image) => config({ 'run.sh': `set -e\ncrane digest ${image}\n` }),
    planted: 'redis:7',
    path: '/data/run.sh',
  },
  {
    title: 'a Dockerfile in a ConfigMap',
    of: (image) => config({ Dockerfile: `FROM ${image}\nRUN true\n` }),
    planted: 'busybox',
    path: '/data/Dockerfile',
  },
  {
    title: 'YAML inside YAML',
    of: (image) => config({ 'pod.yaml': podText(image) }),
    planted: 'busybox',
    path: '/data/pod.yaml(text)/spec/containers/0/image',
  },
  {
    title: 'the binary data of a ConfigMap',
    of: (image) => object('ConfigMap', { binaryData: { pod: base64(podText(image)) } }),
    planted: 'busybox',
    path: '/binaryData/pod(base64)(text)/spec/containers/0/image',
  },
  {
    title: 'a text of a Secret',
    of: (image) =>
      object('Secret', { stringData: { settings: `runner: {imageName: "${image}"}\nother: 1\n` } }),
    planted: 'postgres:16',
    path: '/stringData/settings(text)/runner/imageName',
  },
  {
    title: 'what is encoded in a Secret',
    of: (image) => object('Secret', { data: { settings: base64(`sandbox_image = "${image}"\n`) } }),
    planted: 'busybox',
    path: '/data/settings(base64)',
  },
  {
    title: 'a field of a custom resource',
    of: (image) => object('Thing', { spec: { imageRef: image } }, 'example.org/v1'),
    planted: 'busybox',
    path: '/spec/imageRef',
  },
  {
    title: 'a custom resource, in parts under a key of its own',
    of: (image) => object('Thing', { spec: { proxy: inParts(image) } }, 'example.org/v1'),
    planted: 'evil/thing:1',
    path: '/spec/proxy',
  },
  {
    title: 'the default of a custom kind',
    of: (image) =>
      object(
        'CustomResourceDefinition',
        { spec: { properties: { image: { type: 'string', default: image } } } },
        'apiextensions.k8s.io/v1',
      ),
    planted: 'busybox',
    path: '/spec/properties/image/default',
  },
  {
    title: 'a step of a task',
    of: (image) => object('Task', { spec: { steps: [{ image, script: 'true' }] } }, 'tekton.dev/v1'),
    planted: 'redis:7-alpine',
    path: '/spec/steps/0/image',
  },
  {
    title: 'the resolver of a task',
    of: (image) =>
      object(
        'TaskRun',
        { spec: { taskRef: { resolver: 'bundles', params: [{ name: 'bundle', value: image }] } } },
        'tekton.dev/v1',
      ),
    planted: 'tasks',
    path: '/spec/taskRef/params/0/value',
  },
  {
    title: 'the values of a HelmRelease',
    of: (image) =>
      object(
        'HelmRelease',
        { spec: { values: { controller: { image: inParts(image) } } } },
        'helm.toolkit.fluxcd.io/v2',
      ),
    planted: 'busybox',
    path: '/spec/values/controller/image',
  },
];
