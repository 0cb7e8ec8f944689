import type { ProgressEvent } from '../../base/events.ts';
import { formatBytes, formatDuration } from '../../base/units.ts';

interface Sample {
  readonly atMs: number;
  readonly done: number;
}

/** The rate of bytes is taken over this much of the past: long enough to be calm, short enough to follow. */
const windowMs = 15_000;
/** Before this, a rate says nothing. */
const settleMs = 2_000;

/** Turns the progress events of one scope into words: how much, how fast, how long still. */
export class ProgressMeter {
  readonly #samples: Sample[] = [];

  describe(event: ProgressEvent, atMs: number): string {
    this.#add({ atMs, done: event.done }, event.unit);
    const first = this.#samples[0] ?? { atMs, done: event.done };
    const elapsedMs = atMs - first.atMs;
    const perMs = elapsedMs >= settleMs ? (event.done - first.done) / elapsedMs : 0;
    const leftMs = event.leftMs ?? (perMs > 0 ? (event.total - event.done) / perMs : undefined);
    const percent = event.total > 0 ? Math.min(100, Math.floor((100 * event.done) / event.total)) : 0;
    const amount =
      event.unit === 'bytes'
        ? `${percent} %, ${formatBytes(event.done)} of ${formatBytes(event.total)}`
        : `${event.done} of ${event.total}`;
    if (leftMs === undefined || event.done >= event.total) return amount;
    const rate = event.unit === 'bytes' && perMs > 0 ? `, ${formatBytes(perMs * 1000)}/s` : '';
    return `${amount}${rate}, ${formatDuration(Math.max(1000, leftMs))} left`;
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
