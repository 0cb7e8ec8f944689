import { assertDefect } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import type { Change } from '../engine/phase.ts';
import type { HostHands } from '../hosts/host.ts';
import { describeChange } from './describe-change.ts';
import { holds } from './expression/evaluate.ts';
import type { Difference } from './module.ts';
import { forgetHandler, noteHandler, pendingHandlers } from './pending-handlers.ts';
import {
  lookAgain,
  lookAtPlay,
  type PlaybookHost,
  type PlayLook,
  playsFor,
  playVariables,
} from './play-look.ts';
import type { Play, Playbook, Task } from './playbook.ts';
import { atTask } from './task-failure.ts';
import { lookAtTask } from './task-look.ts';
import type { Variables } from './variables.ts';

/** A planned task or handler, as plans, journals and drift reports carry it. */
export interface PlaybookChangeData extends JsonObject {
  readonly task: string;
  /** `file:line`. */
  readonly place: string;
  readonly differences: readonly Difference[];
}

export type PlaybookChange = Change<PlaybookChangeData>;

export interface PlaybookHostHands extends PlaybookHost {
  readonly host: HostHands;
}

const mostRounds = 5;

/** Looks at a host with every task of the playbook that is for it. Writes nothing. */
export async function inspectPlaybook(
  playbook: Playbook,
  target: PlaybookHost,
  tags?: readonly string[],
): Promise<readonly PlayLook[]> {
  return await Promise.all(
    playsFor(playbook, target).map((play) => lookAtPlay(playbook, play, target, tags)),
  );
}

/** Pure: what has to be done, in the order in which it is done. Handlers stand where they will run. */
export function planPlaybook(looks: readonly PlayLook[]): readonly PlaybookChange[] {
  return looks.flatMap(planPlay);
}

function planPlay({ play, looks, pending, variables }: PlayLook): PlaybookChange[] {
  const changes: PlaybookChange[] = [];
  const notified = new Set(pending);
  const notify = (task: Task): void => {
    for (const { name } of handlersOf(task, play, variables)) notified.add(name);
  };
  const flush = (): void => {
    for (const handler of play.handlers) {
      if (!notified.has(handler.name)) continue;
      changes.push(handlerChange(handler));
      // A handler may notify another one that stands below it.
      notify(handler);
    }
    notified.clear();
  };
  for (const look of looks) {
    if (look === 'flush-handlers') {
      flush();
      continue;
    }
    if (look.change === undefined) continue;
    const { differences } = look.change;
    changes.push({
      id: look.id,
      sentence: describeChange(look.change),
      data: { task: look.task.name, place: look.task.place, differences },
    });
    notify(look.task);
  }
  flush();
  return changes;
}

/** Makes one planned change, if it is still needed: the host is looked at again first. */
export async function applyPlaybookChange(
  playbook: Playbook,
  change: Pick<Change, 'id'>,
  target: PlaybookHostHands,
): Promise<void> {
  for (const play of playsFor(playbook, target)) {
    const handler = play.handlers.find((candidate) => handlerId(candidate) === change.id);
    if (handler !== undefined) return await runHandler(playbook, play, handler, target);
    const task = play.tasks.find(
      (item) => item.kind === 'task' && (item.id === change.id || change.id.startsWith(`${item.id}[`)),
    );
    if (task?.kind === 'task') return await runTask(playbook, play, task, change.id, target);
  }
  assertDefect(false, `playbook ${playbook.name} has no task ${change.id}`);
}

/** Changes that only became necessary by others (a condition that holds now) are made until there are none. */
export async function settlePlaybook(playbook: Playbook, target: PlaybookHostHands): Promise<void> {
  for (let round = 0; round < mostRounds; round += 1) {
    const changes = planPlaybook(await inspectPlaybook(playbook, target));
    if (changes.length === 0) return;
    for (const change of changes) await applyPlaybookChange(playbook, change, target);
  }
}

async function runTask(
  playbook: Playbook,
  play: Play,
  task: Task,
  id: string,
  target: PlaybookHostHands,
): Promise<void> {
  const look = (await lookAgain(playbook, play, task, target)).find((candidate) => candidate.id === id);
  if (look?.change === undefined) return;
  try {
    for (const { name } of handlersOf(task, play, look.context.variables)) {
      await noteHandler(target.host, playbook, name);
    }
    await task.module.apply(look.args, look.facts, target.host, look.context);
  } catch (error) {
    throw atTask(error, task, target.host.name);
  }
}

async function runHandler(
  playbook: Playbook,
  play: Play,
  handler: Task,
  target: PlaybookHostHands,
): Promise<void> {
  const { host } = target;
  if (!(await pendingHandlers(host, playbook, play)).has(handler.name)) return;
  try {
    const variables = playVariables(play, target.variables);
    for (const { name } of handlersOf(handler, play, variables)) await noteHandler(host, playbook, name);
    for (const look of await lookAtTask(handler, playbook, host, variables)) {
      if (look.change !== undefined) await handler.module.apply(look.args, look.facts, host, look.context);
    }
  } catch (error) {
    throw atTask(error, handler, host.name);
  }
  await forgetHandler(host, playbook, handler.name);
}

/** The handlers that a task calls, but for those whose condition says that there is nothing to do for them. */
function handlersOf(task: Task, { handlers }: Play, variables: Variables): readonly Task[] {
  const called = handlers.filter(({ name }) => task.notify.includes(name));
  return called.filter(({ when }) => when.every((condition) => holds(condition, variables)));
}

function handlerId(handler: Task): string {
  return `handler/${handler.id}`;
}

function handlerChange(handler: Task): PlaybookChange {
  const sentence = handler.name.charAt(0).toLowerCase() + handler.name.slice(1);
  return {
    id: handlerId(handler),
    sentence,
    data: { task: handler.name, place: handler.place, differences: [] },
  };
}
