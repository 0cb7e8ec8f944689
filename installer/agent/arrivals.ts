/** Of what comes in this time, the next blob is asked for ahead: long enough for the question and the answer. */
const aheadMs = 20;
const leastAheadBytes = 256 * 1024;
const paceWindowMs = 500;
const mostAtOnce = 4;

/**
 * How many bytes of the blobs that were asked for are still to come, and whether it is time to ask for the next. One blob at a time makes the
 * shortest chain, because a node passes on whole chunks: two at once would each take twice as long for one. Yet the link must never wait for a
 * question, so the next is asked for just before the last has come; where links are fast, or blobs small, that is several at once.
 */
export class Arrivals {
  readonly #toCome = new Map<object, number>();
  readonly #now: () => number;
  #pace = 0;
  #since: number;
  #came = 0;
  #waiting: (() => void) | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#since = now();
  }

  /** A blob, of which so many bytes are still to come. */
  expect(blob: object, bytes: number): void {
    this.#toCome.set(blob, bytes);
  }

  came(blob: object, bytes: number): void {
    this.#toCome.set(blob, (this.#toCome.get(blob) ?? bytes) - bytes);
    this.#measure(bytes);
    this.#look();
  }

  /** Nothing more is to come of this blob. */
  done(blob: object): void {
    this.#toCome.delete(blob);
    this.#look();
  }

  /** Resolves when so little is still to come that the next blob should be asked for. */
  async room(): Promise<void> {
    if (this.#hasRoom()) return;
    await new Promise<void>((resolve) => {
      this.#waiting = resolve;
    });
  }

  #look(): void {
    if (this.#waiting === undefined || !this.#hasRoom()) return;
    const go = this.#waiting;
    this.#waiting = undefined;
    go();
  }

  #hasRoom(): boolean {
    let bytes = 0;
    for (const left of this.#toCome.values()) bytes += left;
    return this.#toCome.size < mostAtOnce && bytes <= Math.max(leastAheadBytes, this.#pace * aheadMs);
  }

  /** Bytes per millisecond over half a second. */
  #measure(bytes: number): void {
    this.#came += bytes;
    const passed = this.#now() - this.#since;
    if (passed < paceWindowMs) return;
    this.#pace = this.#came / passed;
    this.#came = 0;
    this.#since = this.#now();
  }
}
