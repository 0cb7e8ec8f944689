import { posix } from 'node:path';

/** Who did something, as the kernel noted it at that moment. */
export interface AuditActor {
  /** Who logged in, whatever account was taken on since: a number, or a name where the log has names. Undefined for what no log-in started. */
  readonly login: string | undefined;
  /** The account that it was done as. */
  readonly user: string;
  /** Path of the program. */
  readonly program: string;
  /** What the process called itself; for scripts often their own name. */
  readonly command: string;
}

/** A path that an event touched. */
interface AuditPath {
  readonly path: string;
  /** The log had it relative to the working directory. */
  readonly isRelative: boolean;
  /** PARENT is the folder in which something was made or removed; CREATE, DELETE, NORMAL are the thing itself. */
  readonly type: string;
  readonly inode: string | undefined;
}

export interface AuditEvent {
  readonly atMs: number;
  readonly actor: AuditActor;
  readonly paths: readonly AuditPath[];
}

type Fields = ReadonlyMap<string, string>;

/**
 * The successful system calls in records of the audit log (`type=SYSCALL msg=audit(seconds.millis:serial): key=value ...`), in the order
 * of the log. The records of an event have the same stamp. What is no record, and an event of which the record of its call is missing, is
 * passed over.
 */
export function readAuditEvents(text: string): readonly AuditEvent[] {
  const events = new Map<string, Map<string, Fields[]>>();
  for (const line of text.split('\n')) {
    // Logs that were gathered from several hosts have the host's name first.
    const [, type, stamp, rest = ''] =
      /^(?:node=\S+ )?type=(\S+) msg=audit\(([\d.:]+)\):(.*)$/.exec(line) ?? [];
    if (type === undefined || stamp === undefined) continue;
    const records = events.get(stamp) ?? new Map<string, Fields[]>();
    events.set(stamp, records.set(type, [...(records.get(type) ?? []), readFields(rest)]));
  }
  return [...events].flatMap(([stamp, records]) => {
    const [call] = records.get('SYSCALL') ?? [];
    const atMs = Math.round(Number(stamp.split(':')[0]) * 1000);
    if (call?.get('success') !== 'yes' || Number.isNaN(atMs)) return [];
    const [cwd] = records.get('CWD') ?? [];
    const folder = textOf(cwd?.get('cwd')) ?? '/';
    const paths = (records.get('PATH') ?? []).flatMap((fields) => readPath(fields, folder));
    return [{ atMs, actor: readActor(call), paths }];
  });
}

function readPath(fields: Fields, folder: string): AuditPath[] {
  const name = textOf(fields.get('name'));
  if (name === undefined) return [];
  return [
    {
      path: posix.resolve(folder, name),
      isRelative: !name.startsWith('/'),
      type: fields.get('nametype') ?? '',
      inode: fields.get('inode'),
    },
  ];
}

/** Of an account that no log-in led to. */
const noLogin = '4294967295';

function readActor(call: Fields): AuditActor {
  const program = shown(textOf(call.get('exe')) ?? 'an unknown program');
  return {
    login: call.get('auid') === noLogin ? undefined : accountOf(call, 'auid'),
    user: accountOf(call, 'uid'),
    program,
    command: shown(textOf(call.get('comm')) ?? posix.basename(program)),
  };
}

/** A process calls itself what it likes, also what would move the cursor of whoever reads it. */
function shown(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?');
}

/** By name where the audit daemon added names (`log_format = ENRICHED`), else by number. */
function accountOf(call: Fields, field: 'auid' | 'uid'): string {
  const name = textOf(call.get(field.toUpperCase()));
  return name === undefined || name.startsWith('unknown(') ? (call.get(field) ?? '') : name;
}

/** The daemon parts what it adds to a record from the record by a character of its own. */
function readFields(record: string): Fields {
  const pairs = record.replaceAll('\u001d', ' ').matchAll(/([\w-]+)=("[^"]*"|\S+)/g);
  return new Map([...pairs].map(([, key = '', value = '']) => [key, value]));
}

/** A text stands in quotes, or, where anything in it is odd (a space, a quote, an umlaut), in hexadecimal without them. */
function textOf(value: string | undefined): string | undefined {
  if (value === undefined || value === '(null)') return undefined;
  if (value.startsWith('"')) return value.slice(1, -1);
  return /^(?:[\dA-F]{2})+$/.test(value) ? Buffer.from(value, 'hex').toString('utf8') : value;
}
