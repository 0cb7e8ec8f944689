import { describe, expect, it } from 'vitest';
import { imageReferencesIn } from '../../../../installer/bundle/closure/image-references.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const container = (more: object): object => ({ spec: { containers: [more] } });
const settings = (text: string): object => ({ kind: 'ConfigMap', data: { settings: text } });
const digest = `sha256:${'ab'.repeat(32)}`;

describe('an image is found that', () => {
  it.each<[string, unknown, string, string]>([
    [
      'has no tag, in a variable',
      container({ env: [{ name: 'HELPER', value: 'ghcr.io/x/y' }] }),
      '/spec/containers/0/env/0/value',
      'ghcr.io/x/y',
    ],
    [
      'has no tag, on any host, in an argument',
      container({ args: ['--side=images.example.org/team/tool'] }),
      '/spec/containers/0/args/0',
      'images.example.org/team/tool',
    ],
    ['has no tag, on a registry, anywhere', { note: 'see quay.io/x/y' }, '/note', 'quay.io/x/y'],
    ['has no tag, behind a mark of images', { url: 'oci://host.example/x/y' }, '/url', 'host.example/x/y'],
    ['has a word for its tag', { anything: 'evil/thing:stable' }, '/anything', 'evil/thing:stable'],
    ['has a short name and a word that is a tag', { anything: 'nginx:alpine' }, '/anything', 'nginx:alpine'],
    ['has a short name and a number', { anything: 'redis:7' }, '/anything', 'redis:7'],
    ['has a number and a variant', { anything: 'redis:7-alpine' }, '/anything', 'redis:7-alpine'],
    ['is called imageName', { imageName: 'postgres' }, '/imageName', 'postgres'],
    ['is called imageRef', { imageRef: 'busybox' }, '/imageRef', 'busybox'],
    ['is called imageURL', { spec: { imageURL: 'busybox' } }, '/spec/imageURL', 'busybox'],
    [
      'an operator will start',
      container({ env: [{ name: 'RELATED_IMAGE_PROXY', value: 'busybox' }] }),
      '/spec/containers/0/env/0/value',
      'busybox',
    ],
    [
      'is behind a name with image in its middle',
      container({ args: ['-shell-image-win', 'evil/shell'] }),
      '/spec/containers/0/args/1',
      'evil/shell',
    ],
    [
      'stands in parts under any key',
      { spec: { proxy: { repository: 'evil/thing', tag: 7 } } },
      '/spec/proxy',
      'evil/thing:7',
    ],
    [
      'stands in parts with a name in front',
      { spec: { sidecarRepository: 'evil/thing', sidecarTag: 'x' } },
      '/spec/sidecarRepository',
      'evil/thing:x',
    ],
    [
      'stands in parts in variables',
      container({
        env: [
          { name: 'HELPER_REGISTRY', value: 'example.org' },
          { name: 'OTHER', value: 'x' },
          { name: 'HELPER_REPOSITORY', value: 'evil' },
          { name: 'HELPER_DIGEST', value: digest },
        ],
      }),
      '/spec/containers/0/env/2/value',
      `example.org/evil@${digest}`,
    ],
    [
      'has its registry in another variable',
      container({
        env: [
          { name: 'REGISTRY', value: 'example.org' },
          { name: 'HELPER', value: '$(REGISTRY)/evil/thing:word' },
        ],
      }),
      '/spec/containers/0/env/1/value',
      'example.org/evil/thing:word',
    ],
    [
      'has its registry in a variable that an argument uses',
      container({
        env: [{ name: 'REGISTRY', value: 'example.org' }],
        command: ['sh', '-c', 'crane digest ${REGISTRY}/evil'],
      }),
      '/spec/containers/0/command/2',
      'example.org/evil',
    ],
    [
      'a script puts together',
      settings('set -e\nREGISTRY="ghcr.io"\nexport IT=$REGISTRY/x/y\nuse $IT\n'),
      '/data/settings',
      'ghcr.io/x/y',
    ],
    [
      'is encoded in a Secret',
      { kind: 'Secret', data: { 'pod.yaml': base64('spec:\n  containers: [{image: busybox}]\n') } },
      '/data/pod.yaml(base64)(text)/spec/containers/0/image',
      'busybox',
    ],
    [
      'is encoded in a Secret, under a telling name',
      { kind: 'Secret', data: { SIDE_IMAGE: base64('busybox') } },
      '/data/SIDE_IMAGE(base64)',
      'busybox',
    ],
    [
      'is encoded in a ConfigMap',
      { kind: 'ConfigMap', binaryData: { x: base64('run evil/thing:stable') } },
      '/binaryData/x(base64)',
      'evil/thing:stable',
    ],
    [
      'is encoded in a Secret of a list inside a text',
      settings(JSON.stringify({ items: [{ kind: 'Secret', data: { x: base64('redis:7') } }] })),
      '/data/settings(text)/items/0/data/x(base64)',
      'redis:7',
    ],
    ['a Dockerfile stands on', settings('FROM busybox\nRUN true\n'), '/data/settings', 'busybox'],
    [
      'a Dockerfile copies from',
      settings('FROM scratch AS one\nCOPY --from=alpine /bin/sh /bin/sh\nCOPY --from=one / /\n'),
      '/data/settings',
      'alpine',
    ],
    ['a script runs', settings('docker run --rm -v /a:/b -e X=y busybox sh\n'), '/data/settings', 'busybox'],
    ['a node pulls', settings('set -e; sudo ctr -n k8s.io images pull evil'), '/data/settings', 'evil'],
    [
      'a command of single words runs',
      container({ command: ['podman', 'run', '--network', 'host', 'busybox'] }),
      '/spec/containers/0/command',
      'busybox',
    ],
    [
      'a task comes from, by the resolver of Tekton',
      { taskRef: { resolver: 'bundles', params: [{ name: 'bundle', value: 'tasks' }] } },
      '/taskRef/params/0/value',
      'tasks',
    ],
    [
      'a task comes from, as older Tekton says it',
      { taskRef: { name: 'clone', bundle: 'evil/tasks' } },
      '/taskRef/bundle',
      'evil/tasks',
    ],
    [
      'is the default of a parameter',
      { spec: { params: [{ name: 'builder-image', default: 'busybox' }] } },
      '/spec/params/0/default',
      'busybox',
    ],
    [
      'lies deeper in the default of a custom kind',
      {
        kind: 'CustomResourceDefinition',
        spec: { properties: { proxy: { default: { image: 'busybox' } } } },
      },
      '/spec/properties/proxy/default/image',
      'busybox',
    ],
    [
      'stands before a comment',
      settings('{{ if .x }}\nimage: busybox # small\n{{ end }}'),
      '/data/settings',
      'busybox',
    ],
  ])('%s', (_what, manifest, path, reference) => {
    expect(imageReferencesIn(manifest)).toContainEqual({ reference, path });
  });
});

describe('no image is', () => {
  it.each<[string, unknown]>([
    ['a port', { listen: 'web:80', api: 'vault:8200', tls: 'web:443', dns: 'cluster.local:53' }],
    [
      'a name of a label in a variable',
      container({ env: [{ name: 'DOMAIN', value: 'tekton.dev/pipeline' }] }),
    ],
    ['a label, group or module outside of what a program is told', { a: 'example.org/x/y', b: 'apps/v1' }],
    ['code in a repository', { repository: 'platform/apps', revision: 'main', url: 'https://ghcr.io/x/y' }],
    ['the tag or digest alone', { image: {}, imageTag: 'v1', imageDigest: digest, tag: 'v1' }],
    ['a variable nobody knows', container({ env: [{ name: 'X_IMAGE', value: '$(REGISTRY)/x' }] })],
    ['what is encoded and no text', { kind: 'Secret', data: { key: base64('\0\u0001'), other: '%%%' } }],
    ['a statement of SQL', settings('SELECT name\nFROM users\nWHERE x = 1\n')],
    ['what a program is asked about', settings('docker run --help\ncrictl ps\nkubectl get pods\n')],
    ['a stage or a number', settings('FROM scratch AS base\nFROM base\nCOPY --from=0 / /\n')],
    ['a parameter of another resolver', { resolver: 'git', params: [{ name: 'bundle', value: 'tasks' }] }],
    ['a branch, a level, a right', { a: 'branch:main', b: 'log:debug', c: 'system:masters', d: 'key:value' }],
  ])('%s', (_what, manifest) => {
    expect(imageReferencesIn(manifest)).toEqual([]);
  });
});

describe('an image in parts', () => {
  it('is one image, whose parts are none by themselves', () => {
    const kustomization = {
      images: [{ name: 'web', newName: 'example.org/platform/web', newTag: 'v1', digest }],
    };
    expect(imageReferencesIn(kustomization)).toEqual([
      { path: '/images/0', reference: `example.org/platform/web:v1@${digest}` },
    ]);
    const variables = container({
      env: [
        { name: 'IMAGE_REPOSITORY', value: 'example.org/platform/web' },
        { name: 'IMAGE_DIGEST', value: digest },
      ],
    });
    expect(imageReferencesIn(variables)).toEqual([
      { path: '/spec/containers/0/env/0/value', reference: `example.org/platform/web@${digest}` },
    ]);
  });
});
