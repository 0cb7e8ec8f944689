import { describe, expect, it, vi } from 'vitest';
import { readClock } from '../../../installer/preflight/read-clock.ts';
import type { MemoryCommand } from '../../../installer/testkit/memory-command.ts';
import { MemoryHost } from '../../../installer/testkit/memory-host.ts';

const told = (ms: number): ReturnType<MemoryCommand> => ({
  stdout: `${BigInt(Math.round(ms)) * 1_000_000n}\n`,
});
const hostTelling = (time: () => ReturnType<MemoryCommand>): MemoryHost =>
  new MemoryHost({ commands: { 'tell-time': time } });
const agreeing = { clockSkewMs: 0, clockErrorMs: 20 };
const minute = 60_000;

describe('the clock of a host', () => {
  it('is told as far off as it is', async () => {
    const reading = await readClock(
      hostTelling(() => told(Date.now() - 3 * minute)),
      { clockSkewMs: -3 * minute, clockErrorMs: 20 },
    );
    expect(Math.abs((reading?.skewMs ?? 0) + 3 * minute)).toBeLessThan(1_000);
    expect(reading?.steppedMs).toBeUndefined();
  });

  it('that is set between two questions has jumped, and only what it says since then counts', async () => {
    let asked = 0;
    const host = hostTelling(() => {
      asked += 1;
      return told(Date.now() + (asked > 2 ? minute : 0));
    });
    const reading = await readClock(host, agreeing);
    expect(Math.abs((reading?.steppedMs ?? 0) - minute)).toBeLessThan(1_000);
    expect(Math.abs((reading?.skewMs ?? 0) - minute)).toBeLessThan(1_000);
  });

  it('that was set after the first look has jumped', async () => {
    const host = hostTelling(() => told(Date.now() - minute));
    expect((await readClock(host, agreeing))?.steppedMs).toBeGreaterThan(minute - 1_000);
  });

  it('is not blamed by less than a rough first look could be wrong by', async () => {
    const host = hostTelling(() => told(Date.now() + 900));
    expect((await readClock(host, { clockSkewMs: 0, clockErrorMs: 3_000 }))?.steppedMs).toBeUndefined();
  });

  it("is still told when the installer's own clock is set in the middle of a question", async () => {
    const real = Date.now;
    let offset = 0;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => real() + offset);
    try {
      let asked = 0;
      const host = hostTelling(() => {
        asked += 1;
        if (asked === 1) offset = 10 * minute;
        return told(real() + 10 * minute);
      });
      const reading = await readClock(host, { clockSkewMs: 10 * minute, clockErrorMs: 20 });
      expect(reading?.steppedMs).toBeGreaterThan(9 * minute);
      // By the new time of this machine the host is right.
      expect(Math.abs(reading?.skewMs ?? Number.NaN)).toBeLessThan(1_000);
    } finally {
      clock.mockRestore();
    }
  });

  it('that is not told is unknown, and not right', async () => {
    expect(
      await readClock(
        hostTelling(() => ({ stdout: '%N\n' })),
        agreeing,
      ),
    ).toBeUndefined();
    expect(
      await readClock(
        hostTelling(() => ({ stdout: '\n' })),
        agreeing,
      ),
    ).toBeUndefined();
  });
});
