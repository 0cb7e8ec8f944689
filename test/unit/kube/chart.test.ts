import { expect, test } from 'vitest';
import { inApplyOrder } from '../../../installer/kube/apply-order.ts';
import { objectsIn } from '../../../installer/kube/chart.ts';

const release = { name: 'web', namespace: 'site' };

test("objects get Helm's marks and their namespace, so that Helm can take them over", () => {
  const [deployment] = objectsIn(
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, labels: {x: z}}\n',
    release,
  );
  expect(deployment?.metadata).toEqual({
    name: 'a',
    namespace: 'site',
    labels: { x: 'z', 'app.kubernetes.io/managed-by': 'Helm' },
    annotations: { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'site' },
  });
});

test("what the cluster has only one of gets no namespace; a definition is nobody's", () => {
  const [role, definition] = objectsIn(
    'apiVersion: v1\nkind: ClusterRole\nmetadata: {name: a}\n---\napiVersion: v1\nkind: CustomResourceDefinition\nmetadata: {name: b}\n',
    release,
  );
  expect(role?.metadata).not.toHaveProperty('namespace');
  expect(definition?.metadata).toEqual({ name: 'b' });
});

test('hooks and empty documents are left out, and YAML is read as Helm reads it', () => {
  const objects = objectsIn(
    [
      '# only a comment',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\nmode: 0644\non: yes',
    ].join('\n---\n'),
    release,
  );
  expect(objects).toHaveLength(1);
  expect(objects[0]).toMatchObject({ kind: 'ConfigMap', mode: 0o644, true: true });
});

test('what others need comes first, webhooks come last', () => {
  const kinds = [
    'ValidatingWebhookConfiguration',
    'Thing',
    'Deployment',
    'Secret',
    'Namespace',
    'CustomResourceDefinition',
  ];
  const objects = kinds.map((kind) => ({ apiVersion: 'v1', kind, metadata: { name: 'a' } }));
  expect(inApplyOrder(objects).map((object) => object.kind)).toEqual([
    'Namespace',
    'CustomResourceDefinition',
    'Secret',
    'Deployment',
    'Thing',
    'ValidatingWebhookConfiguration',
  ]);
});
