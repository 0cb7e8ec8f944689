import { messageOf } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { redact } from '../base/redact.ts';
import type { PlaySight, TaskSight } from './play-look.ts';
import type { Play, Task } from './playbook.ts';
import { joinTaskFailures, mayMend } from './task-failure.ts';
import type { TaskLook } from './task-look.ts';
import type { Variables } from './variables.ts';

/** A task about which nothing can be said before the changes above it are made: it is looked at again then. */
export interface WaitingTask {
  readonly kind: 'waiting';
  readonly task: Task;
  /** What keeps it from being done as things are. */
  readonly reason: string | undefined;
}

/** What a play found on one host. */
export interface PlayLook {
  readonly play: Play;
  readonly host: string;
  /** In the play's order; `flush-handlers` marks where handlers run before the end. */
  readonly looks: readonly (TaskLook | WaitingTask | 'flush-handlers')[];
  /** Names of handlers that were notified in an earlier run and did not come to run. */
  readonly pending: ReadonlySet<string>;
  readonly variables: Variables;
  /** Registered results that no change above their tasks can alter. */
  readonly results: ReadonlyMap<Task, JsonObject>;
}

/**
 * Tells what fails from what has to wait. A look that fails is a failure, unless changes before it may mend it. A task that asks for
 * a registered result waits when that may become another one. Raises all failures at once: nothing was changed yet.
 */
export function separateWaiting(sights: readonly PlaySight[], host: string): readonly PlayLook[] {
  const failures = new Set<unknown>();
  /** Tasks whose results are as of now, and may be others when the run comes to them. */
  const stale = new Set<Task>();
  let changing = false;

  const judge = (sight: TaskSight): (TaskLook | WaitingTask)[] => {
    const { task, looks, failure, read } = sight;
    const depends = [...read].some((one) => stale.has(one));
    if (failure !== undefined && !(changing && mayMend(failure, depends))) {
      failures.add(failure);
      return [];
    }
    if (task.register !== undefined && changing) stale.add(task);
    const waits = failure !== undefined || (depends && mayDiffer(sight));
    changing ||= waits || looks.some(({ change }) => change !== undefined);
    return waits ? [...looks, { kind: 'waiting', task, reason: reasonOf(sight) }] : [...looks];
  };

  const plays = sights.map(({ play, items, pending, variables }): PlayLook => {
    const looks = items.flatMap((item): PlayLook['looks'] => {
      if (item !== 'flush-handlers') return judge(item);
      changing ||= pending.size > 0;
      return [item];
    });
    changing ||= pending.size > 0;
    const certain = items.flatMap((item): (readonly [Task, JsonObject])[] => {
      if (item === 'flush-handlers' || item.task.register === undefined || stale.has(item.task)) return [];
      return item.looks.slice(0, 1).map(({ result }) => [item.task, result]);
    });
    return { play, host, looks, pending, variables, results: new Map(certain) };
  });
  if (failures.size > 0) throw joinTaskFailures([...failures], host);
  return plays;
}

/** A planned change is looked at again anyway, right before it is made; what is not planned, and items that are not there yet, are not. */
function mayDiffer({ task, looks }: TaskSight): boolean {
  return task.loop !== undefined || looks.some(({ change }) => change === undefined);
}

/** Content that is to be kept quiet may stand in it. */
function reasonOf({ task, failure }: TaskSight): string | undefined {
  if (failure === undefined || task.quiet) return undefined;
  const cause = failure instanceof Error ? failure.cause : undefined;
  return redact(messageOf(cause ?? failure));
}
