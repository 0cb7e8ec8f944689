import { describe, expect, test } from 'vitest';
import { readinessOf, waitHealthy } from '../../../installer/kube/health.ts';
import type { KubeObject, KubeView } from '../../../installer/kube/kube.ts';

const of = (kind: string, status: object, more: object = {}, apiVersion = 'apps/v1'): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: 'x', namespace: 'y', generation: 2 },
  status,
  ...more,
});
const condition = (type: string, status: string, message = ''): object => ({
  conditions: [{ type, status, message }],
});

describe('readinessOf', () => {
  test.each([
    ['Deployment', { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1 }],
    ['StatefulSet', { observedGeneration: 2, updatedReplicas: 1, readyReplicas: 1 }],
    [
      'DaemonSet',
      { observedGeneration: 2, desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 },
    ],
    ['Job', condition('Complete', 'True')],
    ['Node', condition('Ready', 'True')],
    ['ConfigMap', {}],
    ['PersistentVolumeClaim', { phase: 'Pending' }],
  ])('%s that is ready', (kind, status) => {
    expect(readinessOf(of(kind, status))).toEqual({ ready: true });
  });

  test.each([
    ['Deployment', { observedGeneration: 1 }, 'its controller has not seen the latest change'],
    ['Deployment', { observedGeneration: 2, updatedReplicas: 1 }, '0 of 1 replicas are available'],
    [
      'Deployment',
      { observedGeneration: 2, updatedReplicas: 1, availableReplicas: 1, replicas: 2 },
      '2 of 1 replicas are running',
    ],
    ['Deployment', condition('Progressing', 'False', 'deadline exceeded'), 'deadline exceeded'],
    ['StatefulSet', {}, '0 of 1 replicas are updated'],
    ['DaemonSet', { desiredNumberScheduled: 0 }, 'no node takes its pods yet'],
    [
      'DaemonSet',
      { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 2 },
      'its pod is available on 2 of 3 nodes',
    ],
    ['Job', condition('Failed', 'True', 'BackoffLimitExceeded'), 'it failed: BackoffLimitExceeded'],
    [
      'Node',
      condition('Ready', 'Unknown', 'Kubelet stopped posting node status.'),
      'Kubelet stopped posting node status.',
    ],
    ['CustomResourceDefinition', {}, 'its condition Established is not reported yet'],
    ['PersistentVolumeClaim', { phase: 'Lost' }, 'its volume is lost'],
  ])('%s that is not: %j', (kind, status, reason) => {
    expect(readinessOf(of(kind, status))).toEqual({ ready: false, reason });
  });

  test('an object of a GitOps controller is not ready before it was reported on', () => {
    const source = of('GitRepository', {}, { spec: {} }, 'source.toolkit.fluxcd.io/v1');
    expect(readinessOf(source).ready).toBe(false);
    expect(readinessOf({ ...source, status: condition('Ready', 'True') }).ready).toBe(true);
  });
});

test('waitHealthy names each object that is not ready, with what its pods say', async () => {
  const pod: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'x-1', namespace: 'y' },
    status: {
      containerStatuses: [
        {
          name: 'c',
          ready: false,
          restartCount: 0,
          state: { waiting: { reason: 'ImagePullBackOff', message: 'not found' } },
        },
      ],
    },
  };
  const kube = {
    get: async ({ name }: { name: string }) =>
      name === 'gone'
        ? undefined
        : of('Deployment', {}, { spec: { selector: { matchLabels: { app: 'x' } } } }),
    list: async () => [pod],
  } as unknown as KubeView;
  const references = ['x', 'gone'].map((name) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: 'y',
    name,
  }));
  await expect(waitHealthy(kube, references, { timeoutMs: 1 })).rejects.toMatchObject({
    code: 'E_CONDITION_TIMEOUT',
    message: expect.stringMatching(
      /Deployment y\/x: 0 of 1 replicas are updated, pod x-1, container c: ImagePullBackOff: not found; Deployment y\/gone is not there/,
    ),
  });
});
