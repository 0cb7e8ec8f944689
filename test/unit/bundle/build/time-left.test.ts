import { expect, test } from 'vitest';
import { TimeLeft } from '../../../../installer/bundle/build/time-left.ts';

const expected = new Map([
  ['long', 600_000],
  ['middle', 200_000],
  ['short', 100_000],
]);

test('shares the work among the workers, and never promises less than the longest takes alone', () => {
  expect(new TimeLeft(expected, 1).at(0)).toBe(900_000);
  expect(new TimeLeft(expected, 2).at(0)).toBe(600_000);
});

test('what has been worked on for a while takes that much less', () => {
  const left = new TimeLeft(expected, 2);
  left.start('long', 0);
  expect(left.at(400_000)).toBe(250_000);
});

test('takes over the pace of this machine from what was made, not from what failed', () => {
  const slow = new TimeLeft(expected, 1);
  slow.start('short', 0);
  slow.end('short', 200_000, false);
  expect(slow.at(200_000)).toBe(1_600_000);
  const failed = new TimeLeft(expected, 1);
  failed.start('short', 0);
  failed.end('short', 1000, true);
  expect(failed.at(1000)).toBe(800_000);
});

test('ends at nothing', () => {
  const left = new TimeLeft(new Map([['one', 1000]]), 2);
  left.start('one', 0);
  expect(left.at(5000)).toBe(0);
  left.end('one', 5000, false);
  expect(left.at(5000)).toBe(0);
});
