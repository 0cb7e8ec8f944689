import type { PlaybookChange } from './playbook-changes.ts';
import type { PlayLook } from './waiting-tasks.ts';

/** What became of one host, counted as Ansible counts: `ok` includes the changed ones, and handlers count as tasks. */
export interface HostRecap {
  readonly host: string;
  readonly ok: number;
  readonly changed: number;
  readonly unreachable: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Unit {
  readonly id: string;
  readonly task: string;
  readonly skipped: boolean;
}

/** Of a look alone: `changed` are those that would be. What only the changes above can tell counts as ok. */
export function checkedRecap(
  host: string,
  looks: readonly PlayLook[],
  changes: readonly PlaybookChange[],
): HostRecap {
  return recap(host, unitsOf(looks), new Set(changes.flatMap(({ id, data }) => (data.waits ? [] : [id]))));
}

/** Of a run that came to its end; `made` are the ids of what was changed. */
export function doneRecap(host: string, looks: readonly PlayLook[], made: ReadonlySet<string>): HostRecap {
  return recap(host, unitsOf(looks), made);
}

/** Of a run that failed while it made the change `at`; undefined: before its first one, or after its last. */
export function failedRecap(
  host: string,
  looks: readonly PlayLook[],
  made: ReadonlySet<string>,
  at: string | undefined,
  isUnreachable: boolean,
): HostRecap {
  const units = unitsOf(looks);
  const end = units.findIndex(({ id, task }) => id === at || task === at);
  const reached = end === -1 ? units : units.slice(0, end);
  const unreachable = isUnreachable ? 1 : 0;
  return { ...recap(host, reached, made), unreachable, failed: 1 - unreachable };
}

function recap(host: string, units: readonly Unit[], changed: ReadonlySet<string>): HostRecap {
  const skipped = units.filter((unit) => unit.skipped && !changed.has(unit.id)).length;
  const known = new Set(units.map(({ id }) => id));
  const others = [...changed].filter((id) => !known.has(id)).length;
  return {
    host,
    ok: units.length - skipped + others,
    changed: changed.size,
    unreachable: 0,
    failed: 0,
    skipped,
  };
}

/** Every task, and every item of a loop, in the order in which they are done. */
function unitsOf(looks: readonly PlayLook[]): readonly Unit[] {
  const items = looks.flatMap((play) => play.looks).filter((item) => item !== 'flush-handlers');
  const units = items.map((item): Unit => {
    const task = item.task.id;
    return item.kind === 'look'
      ? { id: item.id, task, skipped: item.skipped }
      : { id: task, task, skipped: false };
  });
  // A task that waits may have been looked at as well.
  return units.filter(({ id }, index) => units.findIndex((other) => other.id === id) === index);
}

/** The table that closes a run. */
export function describeRecap(recaps: readonly HostRecap[]): string {
  const width = Math.max(26, ...recaps.map(({ host }) => host.length + 1));
  const lines = recaps.map(({ host, ...counts }) => {
    const cells = Object.entries(counts).map(([name, number]) => `${name}=${number}`.padEnd(name.length + 5));
    return `${host.padEnd(width)}: ${cells.join(' ')}`.trimEnd();
  });
  return `PLAY RECAP ${'*'.repeat(68)}\n${lines.join('\n')}\n`;
}
