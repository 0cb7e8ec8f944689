import { posix } from 'node:path';
import type { HostView } from '../../hosts/host.ts';
import { type AuditActor, type AuditEvent, readAuditEvents } from './audit-records.ts';
import { auditScript } from './audit-script.ts';
import { watchPaths } from './watch-paths.ts';

/** The latest change of a file that the audit log of its host knows. */
export interface AuditedChange extends AuditActor {
  readonly atMs: number;
}

/** What the host answered besides the records: of paths their inodes, of accounts their names. */
interface Answer {
  readonly inodes: ReadonlyMap<string, string>;
  readonly users: ReadonlyMap<string, string>;
  readonly events: readonly AuditEvent[];
}

const askTimeoutMs = 60_000;

/**
 * Asks a host once for all of these files, each with the time since which its change is looked for, in ms since 1970. Only files that have a
 * record are in the answer; without an audit log none is.
 */
export async function auditTrail(
  host: HostView,
  files: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, AuditedChange>> {
  if (files.size === 0) return new Map();
  const earliestMs = Math.min(...files.values());
  const since = earliestMs === 0 ? '-' : String(Math.floor(earliestMs / 1000));
  const { stdout } = await host.query(
    ['sh', '-c', auditScript, 'read-audit-log', since, watchPaths.auditLog],
    { input: `${[...files.keys()].join('\n')}\n`, timeoutMs: askTimeoutMs },
  );
  const { inodes, users, events } = readAnswer(stdout);
  const found = [...files].flatMap(([path, sinceMs]): [string, AuditedChange][] => {
    const event = events.findLast((one) => one.atMs >= sinceMs && touches(one, path, inodes));
    return event === undefined ? [] : [[path, { atMs: event.atMs, ...named(event.actor, users) }]];
  });
  return new Map(found);
}

function readAnswer(text: string): Answer {
  const pairs = (word: string): [string, string][] =>
    [...text.matchAll(new RegExp(`^${word} (\\d+) (.*)$`, 'gm'))].map(([, number = '', name = '']) => [
      number,
      name,
    ]);
  return {
    inodes: new Map(pairs('inode').map(([inode, path]) => [path, inode])),
    users: new Map(pairs('user')),
    events: readAuditEvents(text),
  };
}

/**
 * Whether an event is about this file. Its name alone does not tell: what a program does in a folder that it holds open (`cp` into one,
 * `rm -r`) is told as if that were the working directory (linux-audit/audit-kernel, issue 95). The inode of the folder is right.
 */
function touches({ paths }: AuditEvent, path: string, inodes: ReadonlyMap<string, string>): boolean {
  const folder = inodes.get(posix.dirname(path));
  const parents = paths.filter(({ type }) => type === 'PARENT');
  const isInFolder = folder !== undefined && parents.some(({ inode }) => inode === folder);
  return paths.some((one) => {
    if (one.type === 'PARENT' || posix.basename(one.path) !== posix.basename(path)) return false;
    if (isInFolder || (one.inode !== undefined && one.inode === inodes.get(path))) return true;
    const isContradicted = one.isRelative && parents.length > 0 && folder !== undefined;
    return one.path === path && !isContradicted;
  });
}

function named(actor: AuditActor, users: ReadonlyMap<string, string>): AuditActor {
  const name = (account: string): string =>
    users.get(account) ?? (/^\d+$/.test(account) ? `uid ${account}` : account);
  return {
    ...actor,
    login: actor.login === undefined ? undefined : name(actor.login),
    user: name(actor.user),
  };
}
