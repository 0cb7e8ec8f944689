import type { JsonObject } from '../base/json.ts';
import type { HostView } from '../hosts/host.ts';
import { pendingHandlers } from './pending-handlers.ts';
import type { Play, Playbook, Task } from './playbook.ts';
import { withResults } from './registered-results.ts';
import { renderValue } from './render.ts';
import { atPlay, atTask } from './task-failure.ts';
import { lookAtTask, type TaskLook } from './task-look.ts';
import type { Variables } from './variables.ts';

/** One task as far as it could be looked at. */
export interface TaskSight {
  readonly kind: 'sight';
  readonly task: Task;
  readonly looks: readonly TaskLook[];
  /** Why it could not be looked at. */
  readonly failure: unknown;
  /** Tasks whose registered results it asked for. */
  readonly read: ReadonlySet<Task>;
}

export interface PlaySight {
  readonly play: Play;
  /** In the play's order; `flush-handlers` marks where handlers run before the end. */
  readonly items: readonly (TaskSight | 'flush-handlers')[];
  /** Names of handlers that were notified in an earlier run and did not come to run. */
  readonly pending: ReadonlySet<string>;
  /** With what was registered until its end. */
  readonly variables: Variables;
}

/** A host as playbooks know it. */
export interface PlaybookHost {
  readonly host: HostView;
  /** Besides its own name and `all`. */
  readonly groups: readonly string[];
  readonly variables: Variables;
}

export function playsFor({ plays }: Playbook, { host, groups }: PlaybookHost): readonly Play[] {
  const names = new Set(['all', host.name, ...groups]);
  return plays.filter((play) => play.hosts.some((name) => names.has(name)));
}

/** A task that registers something, with what is seen of it. */
interface Registering {
  readonly task: Task;
  readonly sight: Promise<TaskSight>;
}

/** Looks at all tasks of all plays at once, which costs few round trips. A task waits for results that it names. */
export async function lookAtPlays(playbook: Playbook, target: PlaybookHost): Promise<readonly PlaySight[]> {
  const registering: Registering[] = [];
  return await Promise.all(
    playsFor(playbook, target).map((play) => lookAtPlay(playbook, play, target, registering)),
  );
}

async function lookAtPlay(
  playbook: Playbook,
  play: Play,
  target: PlaybookHost,
  registering: Registering[],
): Promise<PlaySight> {
  const { host } = target;
  const variables = playVariables(play, target.variables);
  // All are asked before the first of them is waited for: the list of those that register grows in the order of the playbook.
  const looking = play.tasks.map((item) => {
    if (item.kind !== 'task') return Promise.resolve('flush-handlers' as const);
    const named = registering.filter(({ task }) => mayName(item, task.register ?? ''));
    const sight = sightOf(item, playbook, host, variables, named);
    if (item.register !== undefined) registering.push({ task: item, sight });
    return sight;
  });
  const before = registering.map(({ sight }) => sight);
  const [items, pending] = await Promise.all([Promise.all(looking), pendingHandlers(host, playbook, play)]);
  return {
    play,
    items,
    pending,
    variables: withResults(variables, (await Promise.all(before)).map(resultOf)),
  };
}

/** Whether a task may ask for a variable of this name. What it really asks for is seen when it does. */
function mayName({ module, args, when, loop, loopLabel, variables }: Task, name: string): boolean {
  if (module.namesMore) return true;
  return new RegExp(`\\b${name}\\b`).test(JSON.stringify([args, when, loop, loopLabel, variables]));
}

async function sightOf(
  task: Task,
  playbook: Playbook,
  host: HostView,
  variables: Variables,
  named: readonly Registering[],
): Promise<TaskSight> {
  const before = await Promise.all(named.map(({ sight }) => sight));
  const read = new Set<Task>();
  const scope = withResults(variables, before.map(resultOf), read);
  const { looks, failure } = await attempt(task, playbook, host, scope);
  // Without the result that it asks for there is no telling: the fault is with the task that was to bring it.
  const blocking = before.find((sight) => sight.failure !== undefined && read.has(sight.task));
  if (blocking !== undefined) return { kind: 'sight', task, looks: [], failure: blocking.failure, read };
  return { kind: 'sight', task, looks, failure, read };
}

async function attempt(
  task: Task,
  playbook: Playbook,
  host: HostView,
  variables: Variables,
): Promise<Pick<TaskSight, 'looks' | 'failure'>> {
  try {
    return { looks: await lookAtTask(task, playbook, host, variables), failure: undefined };
  } catch (error) {
    return { looks: [], failure: atTask(error, task, host.name) };
  }
}

function resultOf({ task, looks }: TaskSight): readonly [Task, JsonObject | undefined] {
  return [task, looks[0]?.result];
}

/** The play's own variables; those that were handed in win. Each may use the ones above it. */
export function playVariables(play: Play, given: Variables): Variables {
  const variables: Record<string, unknown> = { ...given };
  for (const [name, value] of Object.entries(play.variables)) {
    if (Object.hasOwn(given, name)) continue;
    try {
      variables[name] = renderValue(value, variables);
    } catch (error) {
      throw atPlay(error, play, name);
    }
  }
  return variables;
}
