import { setTimeout as delay } from 'node:timers/promises';

/** Time, as a limit needs it. */
export interface Clock {
  now(): number;
  wait(ms: number, signal: AbortSignal): Promise<unknown>;
}

const realClock: Clock = {
  now: () => performance.now(),
  wait: (ms, signal) => delay(ms, undefined, { signal }),
};

/** A token bucket over everything one peer sends. It holds a tenth of a second of sending, never less than one message. */
export class RateLimit {
  readonly #bytesPerSecond: number;
  readonly #clock: Clock;
  #freeAt = 0;

  /** 0 means no limit. */
  constructor(bytesPerSecond: number, clock: Clock = realClock) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#clock = clock;
  }

  /** Resolves when `bytes` may be sent. Callers share the rate in the order in which they ask. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.#bytesPerSecond === 0) return;
    const now = this.#clock.now();
    const start = Math.max(this.#freeAt, now - 100);
    this.#freeAt = start + (bytes / this.#bytesPerSecond) * 1000;
    const waitMs = this.#freeAt - now;
    if (waitMs > 1) await this.#clock.wait(waitMs, signal);
  }
}
