import { untilAborted } from '../../base/until-aborted.ts';

/** Lets at most `limit` pieces of work run at once; the others wait their turn. */
export class Channels {
  #limit: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  async use<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.take(signal);
    try {
      return await work();
    } finally {
      this.giveBack();
    }
  }

  /** Whoever is stopped while it waits gives its place in the row up. */
  async take(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#running < this.#limit) {
      this.#running += 1;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    try {
      await untilAborted(promise, signal);
    } catch (error) {
      const place = this.#waiting.indexOf(resolve);
      // It was its turn in the same moment: the next one's, then.
      if (place < 0) this.giveBack();
      else this.#waiting.splice(place, 1);
      throw error;
    }
  }

  giveBack(): void {
    const next = this.#running <= this.#limit ? this.#waiting.shift() : undefined;
    if (next === undefined) this.#running -= 1;
    else next();
  }

  /** The other side allows fewer than was thought. At least one stays. */
  lower(): void {
    this.#limit = Math.max(1, Math.min(this.#limit, this.#running) - 1);
  }
}
