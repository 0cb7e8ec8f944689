import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, PerimeterError } from './errors.ts';

export interface Condition<T> {
  /** What should come true, as a sentence fragment: "node n2 is Ready". */
  readonly description: string;
  readonly timeoutMs: number;
  readonly intervalMs?: number;
  /** What to do when it never comes true. */
  readonly hint?: string;
  readonly signal?: AbortSignal;
  /** Returns the value once true, undefined while not yet. A throw counts as "not yet" and is kept as the last reason. */
  readonly probe: (report: (reason: string) => void) => Promise<T | undefined>;
}

/** Waits until a condition holds. Raises E_CONDITION_TIMEOUT with the last reason seen when it does not. */
export async function waitFor<T>(condition: Condition<T>): Promise<T> {
  const deadline = performance.now() + condition.timeoutMs;
  let lastReason = 'it was never seen';
  for (;;) {
    condition.signal?.throwIfAborted();
    try {
      const value = await condition.probe((reason) => {
        lastReason = reason;
      });
      if (value !== undefined) return value;
    } catch (error) {
      condition.signal?.throwIfAborted();
      lastReason = messageOf(error);
    }
    if (performance.now() >= deadline) {
      throw new PerimeterError('E_CONDITION_TIMEOUT', {
        message: `Waited ${Math.round(condition.timeoutMs / 1000)} s until ${condition.description}; last seen: ${lastReason}`,
        hint: condition.hint ?? 'Look at the named object, mend the cause, and run the same command again.',
        retryable: true,
      });
    }
    await delay(
      condition.intervalMs ?? 1000,
      undefined,
      condition.signal === undefined ? {} : { signal: condition.signal },
    );
  }
}
