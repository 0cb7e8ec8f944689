import type { JsonObject } from '../base/json.ts';
import type { Change } from '../engine/phase.ts';
import { calledHandlers } from './called-handlers.ts';
import { describeChange } from './describe-change.ts';
import type { Difference, ModuleChange } from './module.ts';
import { lookAtPlays, type PlaybookHost } from './play-look.ts';
import type { Playbook, Task } from './playbook.ts';
import type { RegisteredResults } from './registered-results.ts';
import { atTask } from './task-failure.ts';
import type { TaskLook } from './task-look.ts';
import { type PlayLook, separateWaiting, type WaitingTask } from './waiting-tasks.ts';

/** A planned task or handler, as plans, journals and drift reports carry it. */
export interface PlaybookChangeData extends JsonObject {
  readonly task: string;
  /** `file:line`. */
  readonly place: string;
  readonly differences: readonly Difference[];
  /** Whether there is anything to do is only known once the changes above are made. */
  readonly waits: boolean;
}

export type PlaybookChange = Change<PlaybookChangeData>;

/** Looks at a host with every task of the playbook that is for it. Writes nothing. */
export async function inspectPlaybook(
  playbook: Playbook,
  target: PlaybookHost,
): Promise<readonly PlayLook[]> {
  return separateWaiting(await lookAtPlays(playbook, target), target.host.name);
}

/** What was registered before anything was changed. */
export function resultsOf(looks: readonly PlayLook[]): RegisteredResults {
  return new Map(looks.flatMap(({ results }) => [...results]));
}

/** Pure: what has to be done, in the order in which it is done. Handlers stand where they will run. */
export function planPlaybook(looks: readonly PlayLook[]): readonly PlaybookChange[] {
  return looks.flatMap(planPlay);
}

function planPlay(look: PlayLook): PlaybookChange[] {
  const { play, looks, pending } = look;
  const changes: PlaybookChange[] = [];
  /** Names of handlers, with whether they will run for sure. */
  const notified = new Map<string, boolean>([...pending].map((name) => [name, true]));
  const notify = (task: Task, surely: boolean): void => {
    for (const { handler, isCertain } of handlersOf(task, look))
      notified.set(handler.name, (surely && isCertain) || notified.get(handler.name) === true);
  };
  const flush = (): void => {
    for (const handler of play.handlers) {
      const surely = notified.get(handler.name);
      if (surely === undefined) continue;
      changes.push(handlerChange(handler, !surely));
      // A handler may notify another one that stands below it.
      notify(handler, surely);
    }
    notified.clear();
  };
  for (const item of looks) {
    if (item === 'flush-handlers') {
      flush();
      continue;
    }
    if (item.kind === 'waiting') changes.push(waitingChange(item));
    else if (item.change === undefined) continue;
    else changes.push(taskChange(item, item.change));
    notify(item.task, item.kind === 'look');
  }
  flush();
  return changes;
}

/** A condition that asks for what nobody registers is wrong, and that is told before anything is changed. */
function handlersOf(task: Task, { play, host, variables, results, looks }: PlayLook) {
  const registers = results.size > 0 || looks.some((item) => item !== 'flush-handlers' && item.task.register);
  return calledHandlers(task, play, variables).map(({ handler, open }) => {
    if (open !== undefined && !registers) throw atTask(open, handler, host);
    return { handler, isCertain: open === undefined };
  });
}

export function taskChange({ id, task }: TaskLook, change: ModuleChange): PlaybookChange {
  return { id, sentence: describeChange(change), data: dataOf(task, change.differences, false) };
}

function waitingChange({ task, reason }: WaitingTask): PlaybookChange {
  const why = reason === undefined ? '' : `; as it is, ${reason}`;
  return {
    id: task.id,
    sentence: `"${task.name}" depends on changes above${why}`,
    data: dataOf(task, [], true),
  };
}

export function handlerId({ id }: Task): string {
  return `handler/${id}`;
}

export function handlerChange(handler: Task, waits: boolean): PlaybookChange {
  const words = handler.name.charAt(0).toLowerCase() + handler.name.slice(1);
  return {
    id: handlerId(handler),
    sentence: waits ? `${words}, if changes above ask for it` : words,
    data: dataOf(handler, [], waits),
  };
}

function dataOf(
  { name, place }: Task,
  differences: readonly Difference[],
  waits: boolean,
): PlaybookChangeData {
  return { task: name, place, differences, waits };
}
