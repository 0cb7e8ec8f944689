import type { HostView } from '../hosts/host.ts';
import { pendingHandlers } from './pending-handlers.ts';
import type { Play, Playbook, Task } from './playbook.ts';
import { renderValue } from './render.ts';
import { atTask, joinTaskFailures } from './task-failure.ts';
import { lookAtTask, type TaskLook } from './task-look.ts';
import type { Variables } from './variables.ts';

/** What a play found on one host. */
export interface PlayLook {
  readonly play: Play;
  /** In the play's order; `flush-handlers` marks where handlers run before the end. */
  readonly looks: readonly (TaskLook | 'flush-handlers')[];
  /** Names of handlers that were notified in an earlier run and did not come to run. */
  readonly pending: ReadonlySet<string>;
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

/** Looks at all tasks of a play at once, which costs few round trips. A task that reads registered results waits for those before it. */
export async function lookAtPlay(
  playbook: Playbook,
  play: Play,
  target: PlaybookHost,
  tags?: readonly string[],
): Promise<PlayLook> {
  const { host } = target;
  const pending = pendingHandlers(host, playbook, play);
  const variables = playVariables(play, target.variables);
  const registered: Promise<Variables>[] = [];
  const looking = play.tasks
    .filter((item) => item.kind !== 'task' || isTagged(item, tags))
    .map((item) => {
      if (item.kind !== 'task') return Promise.resolve(['flush-handlers' as const]);
      const look = lookWithRegistered(item, playbook, host, variables, [...registered]);
      if (item.register !== undefined) registered.push(registeredBy(item.register, look));
      return look;
    });
  const settled = await Promise.allSettled(looking);
  const failures = settled.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
  );
  if (failures.length > 0) throw joinTaskFailures([...new Set(failures)], host.name);
  const looks = settled.flatMap((outcome): PlayLook['looks'] =>
    outcome.status === 'fulfilled' ? outcome.value : [],
  );
  return { play, looks, pending: await pending, variables };
}

/** One task again, with the results that tasks before it register. */
export async function lookAgain(
  playbook: Playbook,
  play: Play,
  task: Task,
  target: PlaybookHost,
): Promise<TaskLook[]> {
  const variables = playVariables(play, target.variables);
  const before = play.tasks.slice(0, play.tasks.indexOf(task)).filter((item) => item.kind === 'task');
  const registered: Promise<Variables>[] = [];
  for (const item of before) {
    if (item.register === undefined) continue;
    const look = lookWithRegistered(item, playbook, target.host, variables, [...registered]);
    registered.push(registeredBy(item.register, look));
  }
  return await lookWithRegistered(task, playbook, target.host, variables, registered);
}

/** The play's own variables; those that were handed in win. Each may use the ones above it. */
export function playVariables(play: Play, given: Variables): Variables {
  const variables: Record<string, unknown> = { ...given };
  for (const [name, value] of Object.entries(play.variables)) {
    if (!Object.hasOwn(given, name)) variables[name] = renderValue(value, variables);
  }
  return variables;
}

async function lookWithRegistered(
  task: Task,
  playbook: Playbook,
  host: HostView,
  variables: Variables,
  registered: readonly Promise<Variables>[],
): Promise<TaskLook[]> {
  const results = await Promise.all(registered);
  try {
    return await lookAtTask(task, playbook, host, Object.assign({}, variables, ...results) as Variables);
  } catch (error) {
    throw atTask(error, task, host.name);
  }
}

async function registeredBy(name: string, look: Promise<readonly TaskLook[]>): Promise<Variables> {
  const [first] = await look;
  return { [name]: first?.result };
}

function isTagged(task: Task, tags: readonly string[] | undefined): boolean {
  return tags === undefined || task.tags.includes('always') || task.tags.some((tag) => tags.includes(tag));
}
