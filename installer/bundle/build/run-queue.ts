import { PerimeterError } from '../../base/errors.ts';

export interface QueueOptions<Item> {
  readonly items: readonly Item[];
  readonly workers: number;
  readonly signal?: AbortSignal | undefined;
  readonly nameOf: (item: Item) => string;
  /** Names of items that must be done first; names that are not in the queue count as done. */
  readonly waitsFor: (item: Item) => readonly string[];
  /** Heavier ones start earlier. */
  readonly weightOf: (item: Item) => number;
  readonly work: (item: Item) => Promise<void>;
}

/**
 * Works through items that may wait for each other, heaviest first, and returns what failed by name. An item whose
 * predecessor failed is not tried and fails too. After an abort nothing new is started, and what runs is awaited.
 */
export async function runQueue<Item>(options: QueueOptions<Item>): Promise<ReadonlyMap<string, unknown>> {
  const { nameOf, waitsFor } = options;
  const failures = new Map<string, unknown>();
  const waiting = new Map(options.items.map((item) => [nameOf(item), item]));
  const unfinished = new Set(waiting.keys());
  const running = new Set<Promise<void>>();
  // What others wait for counts with the heaviest of them.
  const urgency = (item: Item): number =>
    options.items
      .filter((other) => waitsFor(other).includes(nameOf(item)))
      .reduce(
        (most, other) => Math.max(most, options.weightOf(item) + options.weightOf(other)),
        options.weightOf(item),
      );
  const order = options.items.toSorted((a, b) => urgency(b) - urgency(a)).map(nameOf);

  const start = (name: string, item: Item): void => {
    waiting.delete(name);
    const job = options
      .work(item)
      .catch((error: unknown) => {
        failures.set(name, error);
      })
      .finally(() => {
        unfinished.delete(name);
        running.delete(job);
      });
    running.add(job);
  };

  for (;;) {
    const waitingBefore = waiting.size;
    for (const name of order) {
      const item = waiting.get(name);
      if (item === undefined || options.signal?.aborted === true) continue;
      const broken = waitsFor(item).find((other) => failures.has(other));
      if (broken !== undefined) {
        waiting.delete(name);
        unfinished.delete(name);
        failures.set(name, notTried(name, broken));
      } else if (running.size < options.workers && !waitsFor(item).some((other) => unfinished.has(other))) {
        start(name, item);
      }
    }
    if (running.size > 0) await Promise.race(running);
    // Nothing runs, and looking at everything that waits changed nothing: done, or aborted.
    else if (waiting.size === waitingBefore) break;
  }
  return failures;
}

function notTried(name: string, broken: string): PerimeterError {
  return new PerimeterError('E_BUILD_FAILED', {
    message: `Artifact ${name}: not tried, because ${broken}, on which it stands, could not be made`,
    hint: `Mend ${broken} first.`,
  });
}
