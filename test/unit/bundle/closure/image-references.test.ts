import { describe, expect, it } from 'vitest';
import { imageReferencesIn } from '../../../../installer/bundle/closure/image-references.ts';

const evil = 'registry.example.org/evil/thing:1.2.3';
const digest = `sha256:${'ab'.repeat(32)}`;
const pod = (more: object): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'x' },
  spec: more,
});
const configMap = (data: object): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'x' },
  data,
});

const podText = `apiVersion: v1
kind: Pod
metadata: {name: helper}
spec:
  containers:
    - name: helper
      image: busybox
`;

describe('an image is found', () => {
  it.each<[string, unknown, string, string]>([
    ['in a container', pod({ containers: [{ image: evil }] }), '/spec/containers/0/image', evil],
    [
      'in an init container',
      pod({ initContainers: [{ image: 'busybox' }] }),
      '/spec/initContainers/0/image',
      'busybox',
    ],
    [
      'in an ephemeral container',
      pod({ ephemeralContainers: [{ image: evil }] }),
      '/spec/ephemeralContainers/0/image',
      evil,
    ],
    [
      'in an image volume',
      pod({ volumes: [{ image: { reference: 'data' } }] }),
      '/spec/volumes/0/image/reference',
      'data',
    ],
    [
      'in the pod template of a CronJob',
      { spec: { jobTemplate: { spec: { template: { spec: { containers: [{ image: 'a/b' }] } } } } } },
      '/spec/jobTemplate/spec/template/spec/containers/0/image',
      'a/b',
    ],
    [
      'in an argument with =',
      pod({ containers: [{ args: ['--v=4', '--sidecar-image=busybox'] }] }),
      '/spec/containers/0/args/1',
      'busybox',
    ],
    [
      'in an argument of two words',
      pod({ containers: [{ args: ['-entrypoint-image', 'busybox'] }] }),
      '/spec/containers/0/args/1',
      'busybox',
    ],
    [
      'in an argument by its form',
      pod({ containers: [{ args: ['--helper', evil] }] }),
      '/spec/containers/0/args/1',
      evil,
    ],
    [
      'in a command line',
      pod({ containers: [{ command: ['sh', '-c', `crane copy ${evil} x`] }] }),
      '/spec/containers/0/command/2',
      evil,
    ],
    [
      'in an environment variable by its name',
      pod({ containers: [{ env: [{ name: 'HELPER_IMAGE', value: 'busybox' }] }] }),
      '/spec/containers/0/env/0/value',
      'busybox',
    ],
    [
      'in an environment variable by its form',
      pod({ containers: [{ env: [{ name: 'SIDE', value: evil }] }] }),
      '/spec/containers/0/env/0/value',
      evil,
    ],
    [
      'in a config map by its key',
      configMap({ 'default-affinity-assistant-image': 'busybox' }),
      '/data/default-affinity-assistant-image',
      'busybox',
    ],
    [
      'in a pod inside a text of a config map',
      configMap({ 'helperPod.yaml': podText }),
      '/data/helperPod.yaml(text)/spec/containers/0/image',
      'busybox',
    ],
    [
      'in JSON inside a text',
      configMap({ settings: JSON.stringify({ images: { side: 'busybox' } }) }),
      '/data/settings(text)/images/side',
      'busybox',
    ],
    [
      'in a text that is no YAML',
      configMap({ 'app.tpl': `{{ if .x }}\nspec:\n  image: "busybox"\n{{ end }}` }),
      '/data/app.tpl',
      'busybox',
    ],
    [
      'in settings of another form',
      configMap({ 'app.toml': `[plugin]\n  sandbox_image = "busybox"\n` }),
      '/data/app.toml',
      'busybox',
    ],
    [
      'in a script',
      configMap({ 'run.sh': 'set -e\nkubectl run x --image=busybox --wait\n' }),
      '/data/run.sh',
      'busybox',
    ],
    [
      'in an annotation',
      { metadata: { annotations: { 'example.org/inject': evil } } },
      '/metadata/annotations/example.org~1inject',
      evil,
    ],
    [
      'in the key of an annotation',
      { metadata: { annotations: { 'example.org/injected-image': 'busybox' } } },
      '/metadata/annotations/example.org~1injected-image',
      'busybox',
    ],
    [
      'in a custom resource of any kind',
      { kind: 'Task', spec: { steps: [{ image: 'alpine' }], sidecars: [{ runImage: evil }] } },
      '/spec/steps/0/image',
      'alpine',
    ],
    [
      'in parts',
      { image: { registry: 'registry.example.org', repository: 'evil/thing', tag: 'v1' } },
      '/image',
      'registry.example.org/evil/thing:v1',
    ],
    ['in a list of images', { images: ['busybox'] }, '/images/0', 'busybox'],
    [
      'in a kustomization',
      { images: [{ name: 'x', newName: 'registry.example.org/x', digest }] },
      '/images/0',
      `registry.example.org/x@${digest}`,
    ],
    [
      'in the default of a custom kind',
      {
        kind: 'CustomResourceDefinition',
        spec: { properties: { image: { type: 'string', default: 'busybox' } } },
      },
      '/spec/properties/image/default',
      'busybox',
    ],
    ['by digest alone', { anything: `about x/y@${digest}, see there` }, '/anything', `x/y@${digest}`],
    ['by a tag that is a version', { anything: 'nginx:1.27' }, '/anything', 'nginx:1.27'],
    ['under a scheme for images', { url: `oci://${evil}` }, '/url', evil],
  ])('%s', (_where, manifest, path, reference) => {
    expect(imageReferencesIn(manifest)).toContainEqual({ reference, path });
  });
});

describe('no image is', () => {
  it.each<[string, unknown]>([
    [
      'an address with a port',
      { host: 'registry.example.org:30500', url: 'https://git.example.org:30443/platform/apps.git' },
    ],
    [
      'an address of the network',
      { listen: '10.0.0.1:8080', all: '[::]:9090', cidr: '10.244.0.0/16', time: '12:30:15' },
    ],
    [
      'a name of a service',
      {
        address: 'vault.secrets.svc:8200',
        argument: ['--api=https://vault.secrets.svc.cluster.local:8200/v1'],
      },
    ],
    [
      'a version',
      {
        version: 'v1.36.3',
        apiVersion: 'apps/v1',
        module: 'example.org/tool@v1.2.3',
        chart: 'coredns-1.0.0',
      },
    ],
    [
      'a right or an account',
      { user: 'system:serviceaccount:kube-system:coredns', group: 'system:masters', verbs: ['get', 'list'] },
    ],
    [
      'how images are pulled',
      {
        imagePullPolicy: 'IfNotPresent',
        imagePullSecrets: [{ name: 'pull' }],
        imageGCHighThresholdPercent: '85',
      },
    ],
    [
      'an expression',
      { image: '$(params.image)', expression: "object.image.matches('^registry[.]internal')" },
    ],
    ['an empty text', { image: '', images: {}, 'x-image': ' ' }],
    ['a digest of something else', { checksum: digest, sum: 'h1:abcdef=' }],
    ['a label', { 'app.kubernetes.io/name': 'coredns', 'k8s-app': 'kube-dns' }],
    [
      'prose in the definition of a kind',
      {
        kind: 'CustomResourceDefinition',
        spec: {
          properties: {
            image: { type: 'string', description: 'Such as nginx:1.27 or registry.example.org/x/y:v1.' },
          },
        },
      },
    ],
    ['a duration or a size', { interval: '10m', timeout: '1h30m', memory: '64Mi', ratio: '1:1.5' }],
  ])('%s', (_what, manifest) => {
    expect(imageReferencesIn(manifest)).toEqual([]);
  });
});
