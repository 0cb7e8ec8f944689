interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** How fast one node advances, seen over a short window. */
export class Pace {
  readonly #windowMs: number;
  #samples: Sample[] = [];
  /** The fastest it ever was over a whole window, in bytes per millisecond. */
  best = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(atMs: number, bytes: number): void {
    this.#samples.push({ atMs, bytes });
    while (this.#samples.length > 2 && (this.#samples[1]?.atMs ?? 0) <= atMs - this.#windowMs)
      this.#samples.shift();
    this.best = Math.max(this.best, this.rate ?? 0);
  }

  /** Forgets the past, which says nothing about what follows a change of the chain. */
  restart(): void {
    this.#samples = this.#samples.slice(-1);
  }

  get bytes(): number {
    return this.#samples.at(-1)?.bytes ?? 0;
  }

  /** Bytes per millisecond over the window; undefined until it is full. */
  get rate(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs - first.atMs < this.#windowMs)
      return undefined;
    return (last.bytes - first.bytes) / (last.atMs - first.atMs);
  }
}
