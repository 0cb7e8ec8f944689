import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { HashedRange, HashWork } from './hash-ranges.ts';

/** One of several threads that take ranges of a file from a common list and hash them. Every byte is read once. */
const work = workerData as HashWork;
const counters = new BigInt64Array(work.counters);
const buffer = Buffer.allocUnsafe(1 << 20);

for (;;) {
  const index = Number(Atomics.add(counters, 0, 1n));
  const range = work.ranges[index];
  if (range === undefined) break;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage({ index, ...hashRange(range.offset, range.sizeBytes, range.paddingBytes) });
}

function hashRange(offset: number, sizeBytes: number, paddingBytes: number): Omit<HashedRange, 'index'> {
  const hash = createHash('sha256');
  let done = 0;
  let cleanPadding = true;
  const end = sizeBytes + paddingBytes;
  while (done < end) {
    const got = readSync(work.fd, buffer, 0, Math.min(buffer.length, end - done), offset + done);
    if (got === 0) break;
    const content = Math.max(0, Math.min(got, sizeBytes - done));
    if (content > 0) hash.update(buffer.subarray(0, content));
    for (let at = content; at < got; at += 1) if (buffer[at] !== 0) cleanPadding = false;
    done += got;
    Atomics.add(counters, 1, BigInt(got));
  }
  return { digest: `sha256:${hash.digest('hex')}`, readBytes: done, cleanPadding };
}
