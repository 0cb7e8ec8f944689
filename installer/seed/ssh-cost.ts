import { formatBytes, formatDuration } from '../base/units.ts';
import { assumedBitsPerSecond, assumedPace, bytesPerMsOf } from './model.ts';

export interface SshCase {
  /** What each node that is fed through SSH lacks. */
  readonly bytes: readonly number[];
  /** Nodes that the chain has fed before. */
  readonly chained: number;
  /** What was seen in this seeding; undefined before anything was. */
  readonly bytesPerMs?: number | undefined;
}

const assumed = bytesPerMsOf(assumedBitsPerSecond);

/** How long sending through SSH is likely to take, and how much longer that makes the seeding than one chain over all would be. */
export function sshCost({ bytes, chained, bytesPerMs }: SshCase): string {
  const pace = bytesPerMs === undefined || bytesPerMs <= 0 ? assumed : bytesPerMs;
  const ms = bytes.reduce((sum, one) => sum + one, 0) / pace;
  const factor = bytes.length + (chained > 0 ? 1 : 0);
  const from = pace === assumed ? `as on a link of ${assumedPace}` : 'as seen here';
  return `about ${formatDuration(ms)} for all that is left (${formatBytes(pace * 1000)} a second, ${from}), and ${factor} times one chain's time in all`;
}
