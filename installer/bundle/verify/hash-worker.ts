import { parentPort, workerData } from 'node:worker_threads';
import { hashRange } from './hash-range.ts';
import type { HashWork } from './hash-ranges.ts';

/** One of several threads that take ranges of a file from a common list and hash them. */
const work = workerData as HashWork;
const counters = new BigInt64Array(work.counters);

for (;;) {
  const index = Number(Atomics.add(counters, 0, 1n));
  const range = work.ranges[index];
  if (range === undefined) break;
  const hashed = hashRange(range, (bytes) => Atomics.add(counters, 1, BigInt(bytes)));
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage({ index, ...hashed });
}
