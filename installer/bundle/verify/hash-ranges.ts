import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Digest } from '../../base/digest.ts';

/** A part of an open file. Padding follows the content, is read with it, and must be zero. */
export interface FileRange {
  readonly offset: number;
  readonly sizeBytes: number;
  readonly paddingBytes: number;
}

export interface HashedRange {
  readonly index: number;
  readonly digest: Digest;
  /** Content and padding; less than asked for when the file ends early. */
  readonly readBytes: number;
  readonly cleanPadding: boolean;
}

export interface HashWork {
  readonly fd: number;
  readonly ranges: readonly FileRange[];
  /** Two 64-bit counters: the next range to take, and the bytes read so far. */
  readonly counters: SharedArrayBuffer;
}

/** Hashing is all there is to do, and the disk gives faster than one thread hashes: as many as there are cores, but not more than 4. */
const mostThreads = 4;

/** Hashes parts of an open file, in their order, with several threads. `onProgress` gets the bytes read so far. */
export async function hashRanges(
  fd: number,
  ranges: readonly FileRange[],
  onProgress: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<readonly HashedRange[]> {
  signal?.throwIfAborted();
  const counters = new SharedArrayBuffer(16);
  const view = new BigInt64Array(counters);
  const workerData: HashWork = { fd, ranges, counters };
  const results: HashedRange[] = [];
  const threads = Math.min(mostThreads, availableParallelism(), ranges.length);
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL('./hash-worker.ts', import.meta.url), { workerData }),
  );
  const ticker = setInterval(() => onProgress(Number(Atomics.load(view, 1))), 250);
  const stop = (): void => {
    for (const worker of workers) void worker.terminate();
  };
  signal?.addEventListener('abort', stop);
  try {
    await Promise.all(
      workers.map(
        (worker) =>
          new Promise<void>((resolve, reject) => {
            worker.on('message', (result: HashedRange) => {
              results[result.index] = result;
            });
            worker.once('error', reject);
            worker.once('exit', () => resolve());
          }),
      ),
    );
  } finally {
    clearInterval(ticker);
    signal?.removeEventListener('abort', stop);
    stop();
  }
  signal?.throwIfAborted();
  onProgress(Number(Atomics.load(view, 1)));
  return results;
}
