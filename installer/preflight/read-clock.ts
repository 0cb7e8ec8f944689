import type { HostFacts } from '../hosts/facts.ts';
import type { HostView } from '../hosts/host.ts';
import type { ClockReading } from './check.ts';

const wantedReadings = 3;
const mostTries = 6;
/** What two readings may differ by beyond their own doubt before somebody must have set a clock. */
const steppedMs = 250;

/**
 * The best of three: the shortest question has the smallest doubt. How long a question took is told by the monotonic clock; a try in the
 * middle of which this machine's own clock was set says nothing and is not counted. `earlier`, rougher and some seconds older, shows a
 * clock that was set in between. Undefined where the host tells no time.
 */
export async function readClock(
  host: HostView,
  earlier: Pick<HostFacts, 'clockSkewMs' | 'clockErrorMs'>,
): Promise<ClockReading | undefined> {
  const readings: ClockReading[] = [];
  let stepped = 0;
  for (let attempt = 0; attempt < mostTries && readings.length < wantedReadings; attempt += 1) {
    const [before, start] = [Date.now(), performance.now()];
    const { stdout } = await host.query(['sh', '-c', 'date +%s%N', 'tell-time'], { timeoutMs: 20_000 });
    const tookMs = performance.now() - start;
    const jumpMs = Date.now() - before - tookMs;
    if (Math.abs(jumpMs) > steppedMs) stepped = Math.max(stepped, Math.abs(jumpMs));
    const skewMs = Math.round(Number(stdout) / 1e6 - (before + tookMs / 2));
    if (stdout.trim() === '' || !Number.isFinite(skewMs)) return undefined;
    if (Math.abs(jumpMs) <= steppedMs) readings.push({ skewMs, errorMs: Math.ceil(tookMs / 2) + 1 });
  }
  const first = { skewMs: earlier.clockSkewMs, errorMs: Math.ceil(earlier.clockErrorMs / 2) };
  const jump = Math.max(stepped, largestJump([first, ...readings]));
  // After a jump only the newest counts.
  const [best] = jump > 0 ? readings.slice(-1) : readings.toSorted((a, b) => a.errorMs - b.errorMs);
  if (best === undefined) return undefined;
  return jump > 0 ? { ...best, steppedMs: Math.round(jump) } : best;
}

/** By how much two readings that followed each other differ beyond their doubt; 0 when none do. */
function largestJump(readings: readonly ClockReading[]): number {
  return readings.reduce((largest, reading, index) => {
    const before = readings[index - 1];
    if (before === undefined) return largest;
    const apart = Math.abs(reading.skewMs - before.skewMs);
    const isStep = apart > before.errorMs + reading.errorMs + steppedMs;
    return isStep ? Math.max(largest, apart) : largest;
  }, 0);
}
