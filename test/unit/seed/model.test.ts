import { expect, test } from 'vitest';
import { predictSeedingMs } from '../../../installer/seed/model.ts';

test('nothing to send takes no time', () => {
  expect(predictSeedingMs({ bytes: 0, nodes: 3, linkBitsPerSecond: 1e9 })).toBe(0);
});

test('twenty gigabytes to two hundred nodes at 1 Gbit/s take about three minutes, not hours', () => {
  const one = predictSeedingMs({ bytes: 20e9, nodes: 1, linkBitsPerSecond: 1e9 });
  const many = predictSeedingMs({ bytes: 20e9, nodes: 200, linkBitsPerSecond: 1e9 });
  expect(one).toBeGreaterThan(160_000);
  expect(many / one).toBeLessThan(1.03);
});
