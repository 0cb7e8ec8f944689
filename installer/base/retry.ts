import { setTimeout as delay } from 'node:timers/promises';
import { isPerimeterError } from './errors.ts';

export interface RetryOptions {
  readonly attempts: number;
  readonly delayMs: number;
  readonly signal?: AbortSignal;
  /** Which failures are worth another try; default: a PerimeterError that says it is retryable. */
  readonly when?: (error: unknown) => boolean;
}

/** Tries again a bounded number of times, waiting twice as long after each failure. */
export async function retry<T>(options: RetryOptions, work: (attempt: number) => Promise<T>): Promise<T> {
  const worthwhile = options.when ?? ((error: unknown) => isPerimeterError(error) && error.retryable);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (attempt >= options.attempts || !worthwhile(error)) throw error;
      await delay(
        options.delayMs * 2 ** (attempt - 1),
        undefined,
        options.signal === undefined ? {} : { signal: options.signal },
      );
    }
  }
}
