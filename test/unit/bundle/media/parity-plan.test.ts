import { describe, expect, it } from 'vitest';
import { planParity } from '../../../../installer/bundle/media/parity-plan.ts';

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

describe('how parity is divided', () => {
  it.each<[string, number[], number, number]>([
    ['a bundle in one file', [6.2e9], 5, 2 * gibibyte],
    ['three small parts', [4 * mebibyte, 4 * mebibyte, 3_900_000], 50, 4 * mebibyte],
    ['many parts of a large bundle', Array.from({ length: 60 }, () => 2 * gibibyte), 10, 2 * gibibyte],
    ['parts for compact discs', Array.from({ length: 40 }, () => 650 * mebibyte), 5, 650 * mebibyte],
  ])(
    '%s: no file is larger than what may be written, and the share is kept',
    (_what, sizes, percent, limit) => {
      const { blockBytes, recoveryBlocks, files } = planParity(sizes, percent, limit);
      const total = sizes.reduce((sum, size) => sum + size, 0);
      const blocks = sizes.reduce((sum, size) => sum + Math.ceil(size / blockBytes), 0);
      expect(blockBytes % 4).toBe(0);
      expect(blocks).toBeLessThanOrEqual(32_768);
      expect(recoveryBlocks * blockBytes).toBeGreaterThanOrEqual((total * percent) / 100);
      expect(Math.ceil(recoveryBlocks / files) * blockBytes).toBeLessThan(limit);
    },
  );

  it('is one file where that is small enough', () => {
    expect(planParity([100e6], 5, 2 * gibibyte).files).toBe(1);
  });

  it('cannot be where the files are too small for a bundle of that size', () => {
    expect(() => planParity([1e12], 5, 4 * mebibyte)).toThrow('are too small for parity of 1.0 TB');
  });
});
