import type { Events } from './events.ts';

/** At most so often is told how far it is, in ms. */
const everyMs = 250;

/** Counts bytes and tells how far it is, now and then and at the end. Gets the bytes that came since the last call. */
export function byteProgress(
  events: Events,
  scope: readonly string[],
  total: number,
): (bytes: number) => void {
  let done = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  return (bytes) => {
    done += bytes;
    if (performance.now() - toldAt < everyMs && done < total) return;
    toldAt = performance.now();
    events.emit({ kind: 'progress', scope, done, total, unit: 'bytes' });
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
