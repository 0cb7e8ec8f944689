import { loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { assembleUpstream } from '../../../../installer/bundle/chart/assemble-upstream.ts';
import type { ManifestObject } from '../../../../installer/bundle/chart/manifest-object.ts';
import type { ChartUpstream } from '../../../../installer/bundle/recipe/schema.ts';

const objects = (): ManifestObject[] => [
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.org' },
    spec: { text: 'has {{ braces }}' },
  },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'controller', namespace: 'upstream' } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'controller', namespace: 'upstream' },
    spec: {
      template: {
        spec: {
          containers: [
            {
              image: 'ko://example.org/controller',
              args: ['-shell', 'busybox@sha256:abc'],
              imagePullPolicy: 'Always',
            },
            { image: 'busybox:1.36', imagePullPolicy: 'Always' },
          ],
        },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'texts' },
    data: { template: 'Hello {{ .Name }}', flag: 'yes', mode: '0755' },
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'controller' },
    subjects: [
      { kind: 'ServiceAccount', name: 'controller', namespace: 'upstream' },
      { kind: 'User', name: 'x' },
    ],
  },
];
const upstream = (more: Partial<ChartUpstream> = {}): ChartUpstream => ({
  module: 'example.org/controller',
  version: 'v1.0.0',
  goSum: '../controller',
  include: ['*.yaml'],
  images: { 'ko://example.org/controller': 'controller', busybox: 'toolbox' },
  ...more,
});
const assemble = (more: Partial<ChartUpstream> = {}): ReadonlyMap<string, string> =>
  assembleUpstream(objects(), upstream(more), 3, 'Artifact chart-x');

/** What Helm would leave of a template, for the few expressions that are put in. */
function rendered(text: string): ManifestObject[] {
  const plain = text
    .replaceAll('{{ "{{" }}', '{{')
    .replaceAll(/\{\{ index \.Values\.images "([a-z-]+)" \}\}/g, 'registry.x:30500/platform/$1@sha256:00');
  return loadAll(plain) as ManifestObject[];
}

function problemsOf(more: Partial<ChartUpstream>): readonly string[] {
  try {
    assemble(more);
    return [];
  } catch (error) {
    expect(error).toMatchObject({ code: 'E_BUILD_FAILED' });
    return (error as { findings: readonly string[] }).findings;
  }
}

describe("upstream's objects in a chart", () => {
  it('become CRDs as they are, and one numbered template of the rest', () => {
    const files = assemble();
    expect([...files.keys()]).toEqual(['crds/things.example.org.yaml', 'templates/upstream-03.yaml']);
    expect(files.get('crds/things.example.org.yaml')).toContain('has {{ braces }}');
  });

  it('survive Helm unchanged but for the images', () => {
    const [account, deployment, texts] = rendered(assemble().get('templates/upstream-03.yaml') ?? '');
    expect(account).toEqual(objects()[1]);
    expect(texts).toEqual(objects()[3]);
    expect(deployment?.['spec']).toEqual({
      template: {
        spec: {
          containers: [
            {
              image: 'registry.x:30500/platform/controller@sha256:00',
              args: ['-shell', 'registry.x:30500/platform/toolbox@sha256:00'],
              imagePullPolicy: 'Always',
            },
            { image: 'registry.x:30500/platform/toolbox@sha256:00', imagePullPolicy: 'Always' },
          ],
        },
      },
    });
  });

  it('are chosen, dropped, patched and moved as the recipe says', () => {
    const files = assemble({
      only: [{ kind: 'Deployment' }, { kind: 'ClusterRoleBinding' }, { kind: 'ConfigMap', name: '*' }],
      drop: [{ kind: 'ConfigMap', name: 'texts' }],
      namespace: 'here',
      set: [
        {
          kind: 'Deployment',
          name: '*',
          path: '/spec/template/spec/containers/*/imagePullPolicy',
          value: 'IfNotPresent',
        },
        {
          kind: 'Deployment',
          name: 'controller',
          path: '/spec/template/metadata/labels/a~1b',
          value: 'made',
        },
        {
          kind: 'Deployment',
          name: 'controller',
          path: '/spec/replicas',
          value: '{{ .Values.replicas }}',
          expression: true,
        },
        { kind: 'Deployment', name: 'controller', path: '/spec/template/spec/containers/1', remove: true },
      ],
    });
    const text = files.get('templates/upstream-03.yaml') ?? '';
    expect([...files.keys()]).toEqual(['templates/upstream-03.yaml']);
    expect(text).toContain('replicas: {{ .Values.replicas }}\n');
    const [deployment, binding] = rendered(text.replace('{{ .Values.replicas }}', '2'));
    expect(deployment).toMatchObject({
      metadata: { namespace: 'here' },
      spec: { replicas: 2, template: { metadata: { labels: { 'a/b': 'made' } } } },
    });
    expect(text).not.toContain('Always');
    expect(text.match(/imagePullPolicy/g)).toHaveLength(1);
    expect(binding).toMatchObject({ subjects: [{ namespace: 'here' }, { kind: 'User', name: 'x' }] });
    expect(binding?.metadata).not.toHaveProperty('namespace');
  });

  it('are refused when an instruction finds nothing, all at once', () => {
    expect(
      problemsOf({
        drop: [{ kind: 'Role', name: 'gone' }],
        only: [{ kind: 'Deployment' }, { kind: 'DaemonSet' }],
        images: {
          'ko://example.org/controller': 'controller',
          'ko://example.org/webhook': 'webhook',
          busybox: 'toolbox',
        },
        set: [{ kind: 'Deployment', name: 'other', path: '/spec/replicas', value: 2 }],
      }),
    ).toEqual([
      'no object is DaemonSet',
      'no object is Role gone',
      'set Deployment other /spec/replicas: there is no such place',
      'images: nothing refers to ko://example.org/webhook',
    ]);
  });

  it('are refused when an image is left that nobody made', () => {
    expect(problemsOf({ images: { busybox: 'toolbox' } })).toEqual([
      'Deployment upstream/controller: /spec/template/spec/containers/0/image is ko://example.org/controller, for which images: names no artifact',
    ]);
  });
});
