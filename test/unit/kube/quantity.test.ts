import { expect, test } from 'vitest';
import { parseQuantity } from '../../../installer/kube/quantity.ts';

test.each([
  ['1', 1],
  ['500m', 0.5],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['1k', 1000],
  ['1e3', 1000],
  ['128974848', 128974848],
  [2, 2],
  ['-5m', -0.005],
])('%s', (text, number) => {
  expect(parseQuantity(text)).toBeCloseTo(number, 9);
});

test.each([['abc'], ['1KB'], [''], [true], [undefined], ['Gi']])('%s is none', (value) => {
  expect(parseQuantity(value)).toBeUndefined();
});
