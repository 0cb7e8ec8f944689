import { expect, test } from 'vitest';
import { ParentList } from '../../../installer/agent/parent-list.ts';
import type { Parent } from '../../../installer/agent/protocol.ts';

const peer = (name: string): Parent => ({ name, address: '127.0.0.1', port: 1 });
const [a, b, source] = [peer('a'), peer('b'), peer('source')] as [Parent, Parent, Parent];

function listOf(parents: readonly Parent[]): { list: ParentList; wait: (ms: number) => void } {
  let now = 10_000;
  const wait = (ms: number): void => {
    now += ms;
  };
  return { list: new ParentList(parents, () => now), wait };
}

test('the first is the best', () => {
  const { list } = listOf([a, b, source]);
  expect(list.choose()).toEqual({ parent: a, waitMs: 0 });
});

test('one that failed rests, then is tried again; each further failure makes the rest longer', () => {
  const { list, wait } = listOf([a, b, source]);
  list.failed(a);
  expect(list.choose()?.parent).toBe(b);
  wait(2000);
  expect(list.choose()?.parent).toBe(a);
  list.failed(a);
  wait(2000);
  expect(list.choose()?.parent).toBe(b);
  wait(2000);
  expect(list.choose()?.parent).toBe(a);
  list.worked(a);
  list.failed(a);
  wait(2000);
  expect(list.choose()?.parent).toBe(a);
});

test('streams of one peer that break together are one failure', () => {
  const { list, wait } = listOf([a, b]);
  expect(list.failed(a)).toBe(true);
  wait(100);
  expect(list.failed(a)).toBe(false);
  wait(1900);
  expect(list.choose()?.parent).toBe(a);
});

test('when all rest, the one that has rested longest is asked again after a second', () => {
  const { list, wait } = listOf([source]);
  list.failed(source);
  wait(400);
  expect(list.choose()).toEqual({ parent: source, waitMs: 600 });
});

test('a banned one never comes back, not even with a new order', () => {
  const { list, wait } = listOf([a, source]);
  list.ban(a);
  wait(1e9);
  expect(list.choose()?.parent).toBe(source);
  list.replace([b, a, source]);
  list.failed(b);
  expect(list.choose()?.parent).toBe(source);
  expect(list.includes(a)).toBe(false);
  list.ban(b);
  list.ban(source);
  expect(list.choose()).toBeUndefined();
});

test('the others of a peer are those that may still be asked', () => {
  const { list } = listOf([a, b, source]);
  list.ban(b);
  expect(list.after(a)).toEqual([source]);
});
