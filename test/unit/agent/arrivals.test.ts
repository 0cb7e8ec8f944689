import { expect, test } from 'vitest';
import { Arrivals } from '../../../installer/agent/arrivals.ts';

const kib = 1024;
const mib = 1024 * kib;

/** Whether the next blob would be asked for now. */
async function hasRoom(arrivals: Arrivals): Promise<boolean> {
  return Promise.race([arrivals.room().then(() => true), Promise.resolve().then(async () => false)]);
}

test('the next blob is asked for when little of the last is still to come, and not before', async () => {
  const arrivals = new Arrivals(() => 0);
  expect(await hasRoom(arrivals)).toBe(true);
  const blob = {};
  arrivals.expect(blob, 4 * mib);
  let asked = false;
  const waiting = arrivals.room().then(() => {
    asked = true;
  });
  arrivals.came(blob, 4 * mib - 257 * kib);
  await Promise.resolve();
  expect(asked).toBe(false);
  arrivals.came(blob, kib);
  await waiting;
});

test('small blobs are asked for several at once, within bounds', async () => {
  const arrivals = new Arrivals(() => 0);
  for (let index = 0; index < 4; index += 1) {
    expect(await hasRoom(arrivals)).toBe(true);
    arrivals.expect({ index }, kib);
  }
  expect(await hasRoom(arrivals)).toBe(false);
});

test('on a fast link it is asked for earlier: what comes in twenty milliseconds', async () => {
  let now = 0;
  const arrivals = new Arrivals(() => now);
  const blob = {};
  arrivals.expect(blob, 500 * mib);
  now = 500;
  arrivals.came(blob, 200 * mib);
  arrivals.came(blob, 290 * mib);
  expect(await hasRoom(arrivals)).toBe(false);
  arrivals.came(blob, 3 * mib);
  expect(await hasRoom(arrivals)).toBe(true);
});

test('a blob that is brought or given up no longer counts', async () => {
  const arrivals = new Arrivals(() => 0);
  const blob = {};
  arrivals.expect(blob, 8 * mib);
  const waiting = arrivals.room();
  arrivals.done(blob);
  await waiting;
  expect(await hasRoom(arrivals)).toBe(true);
});
