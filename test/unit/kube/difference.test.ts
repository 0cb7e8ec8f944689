import { describe, expect, test } from 'vitest';
import { differences } from '../../../installer/kube/difference.ts';
import type { KubeObject } from '../../../installer/kube/kube.ts';

const object = (spec: unknown, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name: 'a' },
  spec,
  ...more,
});

const found = (wanted: unknown, live: unknown): readonly string[] =>
  differences(object(wanted), object(live));

describe('differences', () => {
  test('what the server filled in is no difference', () => {
    expect(found({ a: 1 }, { a: 1, b: 2, c: { d: [] } })).toEqual([]);
  });

  test.each([
    [{ a: false, b: 0, c: '', d: null, e: [], f: {}, g: { h: [] } }, {}],
    [{ replicas: 0 }, { replicas: 0 }],
  ])('empty values and absent ones are the same: %j', (wanted, live) => {
    expect(found(wanted, live)).toEqual([]);
  });

  test('tells what is and what should be', () => {
    expect(found({ replicas: 2 }, { replicas: 1 })).toEqual(['spec.replicas 1 -> 2']);
    expect(found({ a: { b: 'x' } }, {})).toEqual(['spec.a absent -> {"b":"x"}']);
    expect(found({ on: true }, { on: false })).toEqual(['spec.on false -> true']);
  });

  test('long texts are not quoted', () => {
    expect(found({ file: 'a\nb\nc' }, { file: 'a' })).toEqual(['spec.file a -> (text of 3 lines)']);
  });

  test('quantities are compared by what they mean, other texts by their letters', () => {
    const limits = (cpu: unknown, memory: unknown): object => ({ resources: { limits: { cpu, memory } } });
    expect(found(limits('1000m', '1024Mi'), limits('1', '1Gi'))).toEqual([]);
    expect(found(limits(2, '1G'), limits('2', '1Gi'))).toEqual(['spec.resources.limits.memory 1Gi -> 1G']);
    expect(found({ version: '1.0' }, { version: '1.00' })).toHaveLength(1);
  });

  test('entries of open lists are found by name; others may add their own', () => {
    const wanted = { containers: [{ name: 'b', image: 'new' }] };
    const live = {
      containers: [
        { name: 'a', image: 'injected' },
        { name: 'b', image: 'old' },
      ],
    };
    expect(found(wanted, live)).toEqual(['spec.containers[b].image old -> new']);
  });

  test('an entry too many in a list of rights is a difference', () => {
    const subject = (name: string): object => ({ kind: 'User', name });
    const wanted = object(undefined, { subjects: [subject('controller')] });
    const live = object(undefined, { subjects: [subject('controller'), subject('mallory')] });
    expect(differences(wanted, live)).toEqual(['subjects[mallory] is there and must not be']);
  });

  test('plain lists are compared in their order', () => {
    expect(found({ args: ['a', 'b'] }, { args: ['a', 'b'] })).toEqual([]);
    expect(found({ args: ['a', 'b'] }, { args: ['b', 'a'] })).toHaveLength(2);
    expect(found({ args: ['a'] }, { args: ['a', 'b'] })).toEqual(['spec.args ["a","b"] -> ["a"]']);
  });

  test('annotations of others on an object that wants none are theirs', () => {
    const live = object(
      {},
      { metadata: { name: 'a', annotations: { theirs: 'yes' }, labels: { also: 'theirs' } } },
    );
    expect(differences(object({}), live)).toEqual([]);
  });

  test('labels and annotations count, status and bookkeeping do not', () => {
    const wanted = { ...object({}), metadata: { name: 'a', labels: { x: '1' } }, status: { done: true } };
    const live = { ...object({}), metadata: { name: 'a', uid: 'u', labels: { x: '2', y: '3' } }, status: {} };
    expect(differences(wanted, live)).toEqual(['metadata.labels.x 2 -> 1']);
  });

  test('no sentence holds a value of a secret, in neither direction', () => {
    const secret = (more: object): KubeObject => ({ ...object(undefined, more), kind: 'Secret' });
    const base64 = Buffer.from('very-secret').toString('base64');
    const all = [
      differences(secret({ stringData: { a: 'very-secret' } }), secret({ data: { a: 'b2xk' } })),
      differences(secret({ stringData: { a: 'new' } }), secret({ data: { a: base64 } })),
      differences(secret({ data: { a: base64 } }), secret({})),
    ];
    for (const sentences of all) {
      expect(sentences.length).toBeGreaterThan(0);
      expect(sentences.join(' ')).not.toMatch(new RegExp(`very-secret|${base64}|b2xk`));
    }
  });
});
