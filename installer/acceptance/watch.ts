import { setTimeout as delay } from 'node:timers/promises';

/**
 * Looks again and again until `seen` is true or the time is over; returns the milliseconds it took, or undefined.
 * Unlike a condition, running out of time is an observation of the check, not an error of the run.
 */
export async function watchUntil(
  options: { readonly timeoutMs: number; readonly signal: AbortSignal; readonly intervalMs?: number },
  seen: () => Promise<boolean>,
): Promise<number | undefined> {
  const startedAt = performance.now();
  for (;;) {
    options.signal.throwIfAborted();
    if (await seen()) return Math.round(performance.now() - startedAt);
    if (performance.now() - startedAt > options.timeoutMs) return undefined;
    await delay(options.intervalMs ?? 250, undefined, { signal: options.signal });
  }
}

/** "1.2 s" or "not within 45 s", for an observation's `found`. */
export function tookText(tookMs: number | undefined, limitMs: number): string {
  return tookMs === undefined ? `not within ${limitMs / 1000} s` : `after ${(tookMs / 1000).toFixed(1)} s`;
}
