import type { HostView } from '../../hosts/host.ts';
import { type AuditedChange, auditTrail } from './audit-trail.ts';
import { watchPaths } from './watch-paths.ts';
import { readStates, type WatchDifference, type WatchedState } from './watched-state.ts';

/** A difference as the node itself noticed it. Times in milliseconds since 1970; undefined where nobody knows. */
export interface NoticedDifference extends WatchDifference {
  /** When the node's own watch first found it. */
  readonly firstSeenMs: number | undefined;
  /** When that watch last found it as recorded. */
  readonly lastGoodMs: number | undefined;
  /** When the system says that it was changed. */
  readonly changedMs: number | undefined;
  /** The last log-in before that: who, from where, when. */
  readonly lastLogin: string | undefined;
  /** What the audit log of the host says about the change; only files have that. */
  readonly audited?: AuditedChange;
}

const lookTimeoutMs = 120_000;

/** The state of everything in the node's list; undefined as long as the node has no watch. */
export async function lookAtWatched(host: HostView): Promise<readonly WatchedState[] | undefined> {
  if (!(await canAsk(host, watchPaths.list))) return undefined;
  const { stdout } = await host.query([watchPaths.program, 'look'], { timeoutMs: lookTimeoutMs });
  return readStates(stdout);
}

/** What is not as recorded on a node, with all that is known about when; undefined as long as nothing was recorded. */
export async function noticedDifferences(host: HostView): Promise<readonly NoticedDifference[] | undefined> {
  if (!(await canAsk(host, watchPaths.baseline))) return undefined;
  const { stdout } = await host.query([watchPaths.program, 'differences'], { timeoutMs: lookTimeoutMs });
  const differences = stdout
    .split('\n')
    .filter(Boolean)
    .map((line): NoticedDifference => {
      const [watchClass, kind = '', name = '', wanted = '', found = '', first, good, changed, login = ''] =
        line.split('\t');
      return {
        class: watchClass as WatchDifference['class'],
        kind,
        name,
        wanted,
        found,
        firstSeenMs: milliseconds(first),
        lastGoodMs: milliseconds(good),
        changedMs: milliseconds(changed),
        lastLogin: login === '' ? undefined : login,
      };
    });
  return await withAuditTrail(host, differences);
}

/** Adds who changed them, where the host knows. A record from before the watch found a thing as recorded is of another change. */
async function withAuditTrail(
  host: HostView,
  differences: readonly NoticedDifference[],
): Promise<readonly NoticedDifference[]> {
  const files = differences.filter(({ kind }) => kind === 'file');
  // The watch notes the time when it is through, and may have read a file as long before as a look takes.
  const since = files.map(({ name, lastGoodMs }): [string, number] => [
    name,
    Math.max(0, (lastGoodMs ?? 0) - lookTimeoutMs),
  ]);
  const trail = await auditTrail(host, new Map(since));
  return differences.map((difference) => {
    const audited = difference.kind === 'file' ? trail.get(difference.name) : undefined;
    return audited === undefined ? difference : { ...difference, audited };
  });
}

/** Whether the program is there, and the file that its answer needs. */
async function canAsk(host: HostView, needed: string): Promise<boolean> {
  const found = await Promise.all([watchPaths.program, needed].map((path) => host.status(path)));
  return !found.includes(undefined);
}

function milliseconds(seconds: string | undefined): number | undefined {
  const number = Number(seconds);
  return seconds === undefined || seconds === '' || Number.isNaN(number) ? undefined : number * 1000;
}
