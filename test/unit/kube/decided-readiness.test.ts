import { describe, expect, test } from 'vitest';
import { decidedReadiness } from '../../../installer/kube/decided-readiness.ts';
import type { KubeObject, KubeView } from '../../../installer/kube/kube.ts';

const reference = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  namespace: 'flux-system',
  name: 'platform',
};

/** A cluster in which the object's controller says one thing after the other; the last one stays. */
function saying(verdicts: readonly string[]): { readonly kube: KubeView; readonly looks: () => number } {
  let looks = 0;
  const get = async (): Promise<KubeObject> => {
    const status = verdicts[Math.min(looks, verdicts.length - 1)];
    looks += 1;
    const conditions = [{ type: 'Ready', status, message: `it says ${status}` }];
    return { ...reference, metadata: { name: 'platform' }, spec: {}, status: { conditions } };
  };
  return { kube: { get } as unknown as KubeView, looks: () => looks };
}

const signal = new AbortController().signal;

describe('decidedReadiness', () => {
  test('waits while the controller is looking', async () => {
    const { kube, looks } = saying(['Unknown', 'True']);
    expect(await decidedReadiness(kube, reference, signal)).toEqual({ ready: true });
    expect(looks()).toBe(2);
  });

  test('takes a no as an answer at once', async () => {
    const { kube, looks } = saying(['False', 'True']);
    expect(await decidedReadiness(kube, reference, signal)).toEqual({
      ready: false,
      reason: 'it says False',
    });
    expect(looks()).toBe(1);
  });

  test('ends when it is asked to', async () => {
    const { kube } = saying(['Unknown']);
    await expect(decidedReadiness(kube, reference, AbortSignal.abort())).rejects.toThrow(/abort/i);
  });
});
