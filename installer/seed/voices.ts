import { PerimeterError } from '../base/errors.ts';

/**
 * Listens whether agents still speak: one that receives tells how far it is twice a second. A connection that stands says nothing about the
 * program at its end.
 */
export class Voices {
  readonly #lastAt = new Map<string, number>();
  readonly #longestMs: number;

  constructor(longestMs: number) {
    this.#longestMs = longestMs;
  }

  heard(name: string): void {
    this.#lastAt.set(name, performance.now());
  }

  /** What `work` gives; raises E_AGENT when the node falls silent before. */
  async whileHeard<T>(name: string, work: Promise<T>): Promise<T> {
    this.heard(name);
    let timer: NodeJS.Timeout | undefined;
    const silent = new Promise<never>((_resolve, reject) => {
      timer = setInterval(() => {
        const silentMs = performance.now() - (this.#lastAt.get(name) ?? 0);
        if (silentMs > this.#longestMs) reject(silentAgent(name, this.#longestMs));
      }, this.#longestMs / 6);
    });
    try {
      return await Promise.race([work, silent]);
    } finally {
      clearInterval(timer);
    }
  }
}

function silentAgent(name: string, afterMs: number): PerimeterError {
  return new PerimeterError('E_AGENT', {
    message: `The agent on ${name} was lost: it said nothing for ${afterMs / 1000} s`,
    hint: 'Check that the host is up, and run the same command again: what has arrived there is kept.',
    retryable: true,
    where: { host: name },
  });
}
