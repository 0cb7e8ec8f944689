import { expect, test } from 'vitest';
import { chainCount } from '../../../installer/seed/chain-count.ts';

const nodeMbits = { n1: 1000, n2: 1000, n3: 100 };
const links = (sourceMbits: number, maxMbits = 0) => ({
  sourceMbits,
  nodeMbits,
  maxBytesPerSecond: (maxMbits * 1e6) / 8,
});

test('links that are alike make one chain, and so does a source that is slower', () => {
  expect(chainCount(links(1000), 12)).toBe(1);
  expect(chainCount(links(100), 12)).toBe(1);
});

test('a source that is faster feeds as many as its link carries, and no more than one process sends', () => {
  expect(chainCount(links(2500), 12)).toBe(2);
  expect(chainCount(links(10_000), 12)).toBe(3);
});

test('a link that two chains would fill to the brim feeds one', () => {
  expect(chainCount(links(2000), 12)).toBe(1);
});

test('a chain has two nodes at least', () => {
  expect(chainCount(links(10_000), 5)).toBe(2);
  expect(chainCount(links(10_000), 3)).toBe(1);
  expect(chainCount(links(10_000), 0)).toBe(1);
});

test('what a peer may send counts like the speed of its link', () => {
  expect(chainCount(links(10_000, 500), 12)).toBe(1);
  expect(chainCount(links(10_000, 2500), 12)).toBe(2);
});

test('one chain where a kernel does not tell the speed of the links', () => {
  expect(chainCount({ nodeMbits, maxBytesPerSecond: 0 }, 12)).toBe(1);
  expect(chainCount({ sourceMbits: 10_000, nodeMbits: {}, maxBytesPerSecond: 0 }, 12)).toBe(1);
});
