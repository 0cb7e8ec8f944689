import { expect, test } from 'vitest';
import { type Clock, RateLimit } from '../../../installer/agent/rate-limit.ts';

/** A clock that stands still until everybody waits, and then jumps to the next who may go on. */
class JumpingClock implements Clock {
  #now = 0;
  #waiting: { readonly dueAt: number; readonly resolve: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ dueAt: this.#now + ms, resolve });
    });
  }

  async jumpUntil(endMs: number): Promise<void> {
    for (;;) {
      await new Promise(setImmediate);
      const next = this.#waiting.toSorted((a, b) => a.dueAt - b.dueAt)[0];
      if (next === undefined || next.dueAt > endMs) return;
      this.#waiting = this.#waiting.filter((waiting) => waiting !== next);
      this.#now = next.dueAt;
      next.resolve();
    }
  }
}

/** Bytes that these senders get out in ten seconds, each. */
async function sentInTenSeconds(bytesPerSecond: number, senders: number): Promise<number[]> {
  const clock = new JumpingClock();
  const rate = new RateLimit(bytesPerSecond, clock);
  const sent = Array.from({ length: senders }, () => 0);
  const signal = new AbortController().signal;
  for (const index of sent.keys())
    void keepSending(rate, signal, (bytes) => (sent[index] = (sent[index] ?? 0) + bytes));
  await clock.jumpUntil(10_000);
  return sent;
}

async function keepSending(
  rate: RateLimit,
  signal: AbortSignal,
  count: (bytes: number) => void,
): Promise<void> {
  for (let piece = 0; piece < 1000; piece += 1) {
    await rate.take(50_000, signal);
    count(50_000);
  }
}

test('without a limit nothing waits', async () => {
  expect(await sentInTenSeconds(0, 1)).toEqual([50e6]);
});

test('over ten seconds no more than the rate goes out, and nearly all of it', async () => {
  const [sent = 0] = await sentInTenSeconds(1e6, 1);
  expect(sent).toBeLessThanOrEqual(10.2e6);
  expect(sent).toBeGreaterThan(9.5e6);
});

test('several senders share one rate, and none goes without', async () => {
  const sent = await sentInTenSeconds(1e6, 3);
  const total = sent.reduce((sum, bytes) => sum + bytes, 0);
  expect(total).toBeLessThanOrEqual(10.2e6);
  expect(total).toBeGreaterThan(9.5e6);
  expect(Math.min(...sent)).toBeGreaterThan(3e6);
});
