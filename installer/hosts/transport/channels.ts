/** Lets at most `limit` pieces of work run at once; the others wait their turn. */
export class Channels {
  #limit: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  async use<T>(work: () => Promise<T>): Promise<T> {
    await this.take();
    try {
      return await work();
    } finally {
      this.giveBack();
    }
  }

  take(): Promise<void> {
    if (this.#running < this.#limit) {
      this.#running += 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
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
