import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differences } from '../../../installer/kube/difference.ts';
import type { KubeHands, KubeObject } from '../../../installer/kube/kube.ts';
import { openKube } from '../../../installer/kube/kube-client.ts';
import { CredentialStore } from '../../../installer/site/credentials.ts';
import { compiledProgram } from '../parts/real-service.ts';
import { type RealApiServer, startRealApiServer } from './real-api-server.ts';

const etcd = await compiledProgram('etcd', '/usr/local/bin/etcd');
const apiServer = await compiledProgram('kube-apiserver', '/usr/local/bin/kube-apiserver');

const deployment = (replicas: number): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default', labels: { app: 'web' } },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          {
            name: 'web',
            image: 'registry.example/web@sha256:aa',
            env: [{ name: 'A', value: '' }],
            resources: { limits: { cpu: '1000m', memory: '1024Mi' }, requests: { cpu: 0.5 } },
          },
        ],
      },
    },
  },
});

describe.skipIf(etcd === undefined || apiServer === undefined)('the cluster by a real API server', () => {
  let real: RealApiServer;
  let kube: KubeHands;

  beforeAll(async () => {
    real = await startRealApiServer({ etcd: etcd ?? '', apiServer: apiServer ?? '' });
    kube = openKube(real.site, real.credentials);
  }, 120_000);
  afterAll(async () => await real.remove());

  test('goes past a dead control plane to the one that answers', async () => {
    expect(await kube.reachable()).toBe(true);
    const found = await kube.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' });
    expect(found?.metadata.name).toBe('kube-system');
  });

  test('gives nothing for what is not there: object, kind, group, cluster', async () => {
    expect(
      await kube.get({ apiVersion: 'v1', kind: 'ConfigMap', name: 'none', namespace: 'default' }),
    ).toBeUndefined();
    expect(await kube.get({ apiVersion: 'v1', kind: 'Nonsense', name: 'x' })).toBeUndefined();
    expect(await kube.list('helm.toolkit.fluxcd.io/v2', 'HelmRelease')).toEqual([]);
    const empty = await CredentialStore.open('/nonexistent');
    const nowhere = openKube(real.site, empty);
    expect(await nowhere.reachable()).toBe(false);
    expect(await nowhere.get({ apiVersion: 'v1', kind: 'Namespace', name: 'default' })).toBeUndefined();
  });

  test('applies, and finds nothing different afterwards', async () => {
    await kube.apply(deployment(2));
    const live = await kube.get({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: 'default',
      name: 'web',
    });
    expect(live).toBeDefined();
    expect(differences(deployment(2), live as KubeObject)).toEqual([]);
    expect(differences(deployment(1), live as KubeObject)).toEqual(['spec.replicas 2 -> 1']);
    await kube.apply(deployment(1));
    const again = await kube.get({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: 'default',
      name: 'web',
    });
    expect(differences(deployment(1), again as KubeObject)).toEqual([]);
  });

  test('a field set by somebody else is found and taken back', async () => {
    const reference = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };
    await kube.patch(reference, { spec: { replicas: 7 } });
    const live = (await kube.get(reference)) as KubeObject;
    expect(differences(deployment(1), live)).toEqual(['spec.replicas 7 -> 1']);
    await kube.apply(deployment(1));
    expect(differences(deployment(1), (await kube.get(reference)) as KubeObject)).toEqual([]);
  });

  test('applies a definition and at once an object of it', async () => {
    await kube.apply({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'things.example.org' },
      spec: {
        group: 'example.org',
        scope: 'Namespaced',
        names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    });
    const thing: KubeObject = {
      apiVersion: 'example.org/v1',
      kind: 'Thing',
      metadata: { name: 'one', namespace: 'default' },
      spec: { unknownToAnyLibrary: { deep: ['a', 1, true] } },
    };
    await kube.apply(thing);
    const [live] = await kube.list('example.org/v1', 'Thing', { namespace: 'default' });
    expect(live).toMatchObject({ kind: 'Thing', spec: thing['spec'] });
  });

  test('a secret is compared without showing it', async () => {
    const secret = (value: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'default' },
      type: 'Opaque',
      stringData: { password: value },
    });
    await kube.apply(secret('first-value'));
    const live = (await kube.get({
      apiVersion: 'v1',
      kind: 'Secret',
      namespace: 'default',
      name: 's',
    })) as KubeObject;
    expect(differences(secret('first-value'), live)).toEqual([]);
    expect(differences(secret('other-value'), live)).toEqual(['data.password differs']);
  });

  test('a refusal carries the words of the server', async () => {
    const wrong = { ...deployment(1), spec: { replicas: 'many' } } as unknown as KubeObject;
    await expect(kube.apply(wrong)).rejects.toMatchObject({
      code: 'E_KUBE_API',
      message: expect.stringContaining('replicas'),
    });
  });

  test('others are answered as others', async () => {
    expect(await kube.statusAs('anonymous', '/api/v1/namespaces/default/secrets')).toBe(403);
    await kube.apply({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'guest', namespace: 'default' },
    });
    const token = await kube.serviceAccountToken('default', 'guest', { ttlSeconds: 600 });
    expect(await kube.statusAs({ token }, '/api/v1/namespaces/default/secrets')).toBe(403);
    expect(await kube.statusAs({ token }, '/version')).toBe(200);
    expect(await kube.statusAs({ token: 'nonsense' }, '/version')).toBe(401);
  });

  test('deletes, also what is not there', async () => {
    const reference = { apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 's' };
    await kube.delete(reference);
    expect(await kube.get(reference)).toBeUndefined();
    await kube.delete(reference);
  });

  test('a list of many pages comes whole', async () => {
    const maps = Array.from({ length: 620 }, (_, index) => index);
    for (const index of maps) {
      await kube.create({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `m${index}`, namespace: 'kube-public' },
      });
    }
    expect(await kube.list('v1', 'ConfigMap', { namespace: 'kube-public' })).toHaveLength(maps.length);
  }, 60_000);

  test('a server that went away and came back is used again', async () => {
    await real.stopServer();
    expect(await kube.reachable()).toBe(false);
    await real.startServer();
    expect(await kube.get({ apiVersion: 'v1', kind: 'Namespace', name: 'default' })).toBeDefined();
  }, 120_000);
});
