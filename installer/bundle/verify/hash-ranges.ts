import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type Extent, sliceExtents } from '../media/extent.ts';
import { type HashedContent, type HashedRange, hashRange } from './hash-range.ts';

export interface HashWork {
  readonly ranges: readonly HashedContent[];
  /** Two 64-bit counters: the next range to take, and the bytes read so far. */
  readonly counters: SharedArrayBuffer;
}

export interface HashRangesOptions {
  /** Gets the bytes read so far. */
  readonly onProgress: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
  /** Default: by the size of the work and the cores of the machine. */
  readonly threads?: number;
}

/** The disk gives faster than one thread hashes: as many as there are cores, but not more than this. */
const mostThreads = 4;
/** Starting a thread costs as much as hashing this many bytes. */
const bytesWorthThread = 32 << 20;

/** The chunks of some content, each to be hashed by itself; only the last may be smaller. */
export function chunkRanges(
  extents: readonly Extent[],
  sizeBytes: number,
  chunkBytes: number,
): HashedContent[] {
  return Array.from({ length: Math.ceil(sizeBytes / chunkBytes) }, (_, index) => {
    const offset = index * chunkBytes;
    const size = Math.min(chunkBytes, sizeBytes - offset);
    return { extents: sliceExtents(extents, offset, size), sizeBytes: size, paddingBytes: 0 };
  });
}

/** Hashes parts of open files, in their order, with several threads when it pays. Every byte is read once. */
export async function hashRanges(
  ranges: readonly HashedContent[],
  options: HashRangesOptions,
): Promise<readonly HashedRange[]> {
  options.signal?.throwIfAborted();
  const bytes = ranges.reduce((sum, range) => sum + range.sizeBytes, 0);
  const useful = Math.min(mostThreads, availableParallelism(), Math.floor(bytes / bytesWorthThread));
  const threads = options.threads ?? useful;
  return threads > 1 ? await hashInThreads(ranges, threads, options) : await hashHere(ranges, options);
}

async function hashHere(
  ranges: readonly HashedContent[],
  { onProgress, signal }: HashRangesOptions,
): Promise<readonly HashedRange[]> {
  const results: HashedRange[] = [];
  let done = 0;
  for (const [index, range] of ranges.entries()) {
    const hashed = hashRange(range, (bytes) => {
      done += bytes;
    });
    results.push({ index, ...hashed });
    onProgress(done);
    await nextTurn();
    signal?.throwIfAborted();
  }
  return results;
}

async function hashInThreads(
  ranges: readonly HashedContent[],
  threads: number,
  { onProgress, signal }: HashRangesOptions,
): Promise<readonly HashedRange[]> {
  const counters = new SharedArrayBuffer(16);
  const view = new BigInt64Array(counters);
  const workerData: HashWork = { ranges, counters };
  const results: HashedRange[] = [];
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
    await Promise.all(workers.map((worker) => resultsOf(worker, results)));
  } finally {
    clearInterval(ticker);
    signal?.removeEventListener('abort', stop);
    stop();
  }
  signal?.throwIfAborted();
  onProgress(Number(Atomics.load(view, 1)));
  return results;
}

function resultsOf(worker: Worker, results: HashedRange[]): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on('message', (result: HashedRange) => {
      results[result.index] = result;
    });
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
}
