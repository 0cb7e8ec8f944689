import type { Events } from '../../base/events.ts';

/** At most so often is told how far it is, in ms. */
const everyMs = 250;

/** How far an import is: bytes read out of the store to look at them, and bytes off the medium. */
export class ImportProgress {
  readonly #events: Events;
  #total = 0;
  #done = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(events: Events) {
    this.#events = events;
  }

  expect(bytes: number): void {
    this.#total += bytes;
  }

  add(bytes: number): void {
    this.#done += bytes;
    if (performance.now() - this.#toldAt < everyMs && this.#done < this.#total) return;
    this.#toldAt = performance.now();
    this.#events.emit({
      kind: 'progress',
      scope: ['bundle', 'import'],
      done: this.#done,
      total: this.#total,
      unit: 'bytes',
    });
  }
}
