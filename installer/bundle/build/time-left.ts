/**
 * How long the making of artifacts still takes: what each should take by earlier runs, corrected by how this machine does today, and
 * shared by the workers. Never less than the longest that is left takes alone. Times in ms.
 */
export class TimeLeft {
  readonly #expected: ReadonlyMap<string, number>;
  readonly #workers: number;
  readonly #startedAt = new Map<string, number>();
  readonly #ended = new Set<string>();
  #tookMs = 0;
  #shouldMs = 0;

  constructor(expectedMs: ReadonlyMap<string, number>, workers: number) {
    this.#expected = expectedMs;
    this.#workers = workers;
  }

  start(name: string, atMs: number): void {
    this.#startedAt.set(name, atMs);
  }

  /** An artifact that failed is done with, but says nothing about the pace. */
  end(name: string, atMs: number, failed: boolean): void {
    this.#ended.add(name);
    if (failed) return;
    this.#tookMs += atMs - (this.#startedAt.get(name) ?? atMs);
    this.#shouldMs += this.#expected.get(name) ?? 0;
  }

  at(nowMs: number): number {
    const left = [...this.#expected]
      .filter(([name]) => !this.#ended.has(name))
      .map(([name, ms]) => Math.max(0, ms * this.#pace - (nowMs - (this.#startedAt.get(name) ?? nowMs))));
    return Math.max(0, ...left, left.reduce((sum, ms) => sum + ms, 0) / this.#workers);
  }

  /** Today's time for what should take 1 ms. Before anything is made, as expected. */
  get #pace(): number {
    return this.#shouldMs > 0 ? this.#tookMs / this.#shouldMs : 1;
  }
}
