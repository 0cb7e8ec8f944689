import type { Events } from './events.ts';

/** At most so often is told how far it is, in ms. */
const everyMs = 250;

/** Tells each time how far it is, in bytes: for work that counts by itself, and is seldom heard of. */
export function tellBytes(events: Events, scope: readonly string[]): (done: number, total: number) => void {
  return (done, total) => events.emit({ kind: 'progress', scope, done, total, unit: 'bytes' });
}

/**
 * Counts bytes and tells how far it is, now and then and at the end. Gets the bytes that came since the last call. A total that shows
 * only while the work goes on is asked for each time.
 */
export function byteProgress(
  events: Events,
  scope: readonly string[],
  total: number | (() => number),
): (bytes: number) => void {
  const tell = tellBytes(events, scope);
  let done = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  return (bytes) => {
    done += bytes;
    const all = typeof total === 'number' ? total : total();
    if (performance.now() - toldAt < everyMs && done < all) return;
    toldAt = performance.now();
    tell(done, all);
  };
}

/** The same for work that only says how much of it is done, of 1. */
export function shareProgress(
  events: Events,
  scope: readonly string[],
  total: number,
): (share: number) => void {
  const tell = byteProgress(events, scope, total);
  let done = 0;
  return (share) => {
    const now = Math.round(Math.min(1, share) * total);
    if (now <= done) return;
    tell(now - done);
    done = now;
  };
}
