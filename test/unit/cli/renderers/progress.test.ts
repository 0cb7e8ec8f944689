import { expect, test } from 'vitest';
import { ProgressMeter } from '../../../../installer/cli/renderers/progress.ts';

const bytes = (done: number) =>
  ({ kind: 'progress', scope: ['seed'], done, total: 1000e6, unit: 'bytes' }) as const;
const steps = (done: number) => ({ kind: 'progress', scope: ['x'], done, total: 10, unit: 'steps' }) as const;

test('says how much at once, and how fast and how long still when that can be known', () => {
  const meter = new ProgressMeter();
  expect(meter.describe(bytes(0), 0)).toBe('0 %, 0 B of 1.0 GB');
  expect(meter.describe(bytes(10e6), 1000)).toBe('1 %, 10.0 MB of 1.0 GB');
  expect(meter.describe(bytes(200e6), 4000)).toBe('20 %, 200 MB of 1.0 GB, 50.0 MB/s, 16 s left');
  expect(meter.describe(bytes(1000e6), 9000)).toBe('100 %, 1.0 GB of 1.0 GB');
});

test('the rate follows the last seconds, not the whole time', () => {
  const meter = new ProgressMeter();
  meter.describe(bytes(0), 0);
  for (let second = 1; second <= 60; second += 1) meter.describe(bytes(second * 1e6), second * 1000);
  for (let second = 61; second <= 80; second += 1)
    meter.describe(bytes(60e6 + (second - 60) * 10e6), second * 1000);
  expect(meter.describe(bytes(270e6), 81_000)).toContain('10.0 MB/s, 1 min 13 s left');
});

test('steps have no rate, only a time', () => {
  const meter = new ProgressMeter();
  meter.describe(steps(0), 0);
  expect(meter.describe(steps(5), 10_000)).toBe('5 of 10, 10 s left');
});

test('one long step does not stand for all that are still to come', () => {
  const meter = new ProgressMeter();
  for (let done = 0; done <= 4; done += 1) meter.describe(steps(done), done * 1000);
  expect(meter.describe(steps(5), 24_000)).toBe('5 of 10, 24 s left');
});

test('takes the word of a sender who knows better', () => {
  const meter = new ProgressMeter();
  expect(meter.describe({ ...steps(0), leftMs: 90_000 }, 0)).toBe('0 of 10, 1 min 30 s left');
  expect(meter.describe({ ...steps(5), leftMs: 120_000 }, 10_000)).toBe('5 of 10, 2 min 0 s left');
});

test('starting over forgets the old rate', () => {
  const meter = new ProgressMeter();
  meter.describe(bytes(0), 0);
  meter.describe(bytes(500e6), 5000);
  expect(meter.describe(bytes(1e6), 6000)).toBe('0 %, 1.0 MB of 1.0 GB');
});
