import type { ProgressEvent } from '../../base/events.ts';
import { redact } from '../../base/redact.ts';
import { formatBytes, formatDuration } from '../../base/units.ts';

interface Sample {
  readonly atMs: number;
  readonly done: number;
}

/** The rate of bytes is taken over this much of the past: long enough to be calm, short enough to follow. */
const windowMs = 15_000;
/** Before this, a rate says nothing. */
const settleMs = 2_000;

/** How fast it goes, and how long still; absent while nothing can be said. */
export interface Pace {
  readonly bytesPerSecond?: number;
  readonly leftMs?: number;
}

/** Follows the progress events of one scope: how much, how fast, how long still, as numbers or in words. */
export class ProgressMeter {
  readonly #samples: Sample[] = [];

  measure(event: ProgressEvent, atMs: number): Pace {
    this.#add({ atMs, done: event.done }, event.unit);
    if (event.done >= event.total) return {};
    const first = this.#samples[0] ?? { atMs, done: event.done };
    const elapsedMs = atMs - first.atMs;
    const perMs = elapsedMs >= settleMs ? (event.done - first.done) / elapsedMs : 0;
    const leftMs = event.leftMs ?? (perMs > 0 ? (event.total - event.done) / perMs : undefined);
    return {
      ...(event.unit === 'bytes' && perMs > 0 ? { bytesPerSecond: perMs * 1000 } : {}),
      ...(leftMs === undefined ? {} : { leftMs }),
    };
  }

  describe(event: ProgressEvent, atMs: number): string {
    const { bytesPerSecond, leftMs } = this.measure(event, atMs);
    const percent = event.total > 0 ? Math.min(100, Math.floor((100 * event.done) / event.total)) : 0;
    const amount =
      event.unit === 'bytes'
        ? `${percent} %, ${formatBytes(event.done)} of ${formatBytes(event.total)}`
        : `${event.done} of ${event.total}`;
    const more = event.text === undefined ? '' : `, ${redact(event.text)}`;
    if (leftMs === undefined) return `${amount}${more}`;
    const rate = bytesPerSecond === undefined ? '' : `, ${formatBytes(bytesPerSecond)}/s`;
    return `${amount}${rate}, ${formatDuration(Math.max(1000, leftMs))} left${more}`;
  }

  #add(sample: Sample, unit: ProgressEvent['unit']): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && sample.done < last.done) this.#samples.length = 0;
    this.#samples.push(sample);
    // Steps differ: one long step in the window would stand for all that are still to come.
    if (unit === 'steps') return;
    while (this.#samples.length > 2 && sample.atMs - (this.#samples[1]?.atMs ?? sample.atMs) >= windowMs)
      this.#samples.shift();
  }
}
