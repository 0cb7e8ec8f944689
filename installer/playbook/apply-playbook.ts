import { assertDefect } from '../base/errors.ts';
import type { Change } from '../engine/phase.ts';
import type { HostHands } from '../hosts/host.ts';
import { calledHandlers } from './called-handlers.ts';
import { describeDiff } from './describe-diff.ts';
import { forgetHandler, noteHandler, pendingHandlers } from './pending-handlers.ts';
import { type PlaybookHost, playsFor, playVariables } from './play-look.ts';
import type { Play, Playbook, Task } from './playbook.ts';
import {
  handlerChange,
  handlerId,
  inspectPlaybook,
  type PlaybookChange,
  planPlaybook,
  resultsOf,
  taskChange,
} from './playbook-changes.ts';
import { resultsBefore, resultsForHandler } from './read-results.ts';
import { type RegisteredResults, withResults } from './registered-results.ts';
import { atTask } from './task-failure.ts';
import { lookAtTask } from './task-look.ts';

export interface PlaybookHostHands extends PlaybookHost {
  readonly host: HostHands;
  /** What was registered in this run so far; those that are missing are looked at when the run comes to them. */
  readonly results?: RegisteredResults;
}

/** A change that was made, as it turned out. */
export interface MadeChange {
  readonly change: PlaybookChange;
  /** Before and after of a file, where they may be shown. */
  readonly diff: string | undefined;
}

/** Told of each change right after it was made. */
type Made = (change: MadeChange) => void;
const nobody: Made = () => undefined;

const mostRounds = 5;

/** Makes one planned change, if it is still needed: the host is looked at again first. */
export async function applyPlaybookChange(
  playbook: Playbook,
  change: Pick<Change, 'id'>,
  target: PlaybookHostHands,
  made = nobody,
): Promise<void> {
  for (const play of playsFor(playbook, target)) {
    const handler = play.handlers.find((candidate) => handlerId(candidate) === change.id);
    if (handler !== undefined) return await runHandler(playbook, play, handler, target, made);
    const task = play.tasks.find(
      (item) => item.kind === 'task' && (item.id === change.id || change.id.startsWith(`${item.id}[`)),
    );
    if (task?.kind === 'task') return await runTask(playbook, play, task, change.id, target, made);
  }
  assertDefect(false, `playbook ${playbook.name} has no task ${change.id}`);
}

/**
 * Changes that only became necessary by others (a condition that holds now) are made until there are none. Returns those that will
 * always be left: of tasks that undo what the other one did.
 */
export async function settlePlaybook(
  playbook: Playbook,
  target: PlaybookHostHands,
  made = nobody,
): Promise<readonly PlaybookChange[]> {
  const before = new Set<string>();
  for (let round = 0; ; round += 1) {
    const looks = await inspectPlaybook(playbook, target);
    const changes = planPlaybook(looks);
    // Once more what was made already: somebody else may have been at work on the host at the same time.
    if (round === mostRounds || changes.every(({ id }) => before.has(id))) return changes;
    const afresh = { ...target, results: resultsOf(looks) };
    for (const change of changes) {
      before.add(change.id);
      await applyPlaybookChange(playbook, change, afresh, made);
    }
  }
}

/** The id of a task stands for all its items. */
async function runTask(
  playbook: Playbook,
  play: Play,
  task: Task,
  id: string,
  target: PlaybookHostHands,
  made: Made,
): Promise<void> {
  const { host, results = new Map() } = target;
  const variables = playVariables(play, target.variables);
  const known = await resultsBefore(task, playbook, target, results);
  try {
    const looks = await lookAtTask(task, playbook, host, withResults(variables, known));
    for (const look of looks.filter((candidate) => id === task.id || candidate.id === id)) {
      if (look.change === undefined) continue;
      for (const { handler } of calledHandlers(task, play, look.context.variables))
        await noteHandler(host, playbook, handler.name);
      await task.module.apply(look.args, look.facts, host, look.context);
      made({ change: taskChange(look, look.change), diff: describeDiff(look.change) });
    }
    if (task.register !== undefined) results.set(task, looks[0]?.result ?? {});
  } catch (error) {
    throw atTask(error, task, host.name);
  }
}

async function runHandler(
  playbook: Playbook,
  play: Play,
  handler: Task,
  target: PlaybookHostHands,
  made: Made,
): Promise<void> {
  const { host, results = new Map() } = target;
  if (!(await pendingHandlers(host, playbook, play)).has(handler.name)) return;
  const known = await resultsForHandler(play, playbook, target, results);
  const diffs: string[] = [];
  try {
    const variables = withResults(playVariables(play, target.variables), known);
    for (const called of calledHandlers(handler, play, variables))
      await noteHandler(host, playbook, called.handler.name);
    for (const look of await lookAtTask(handler, playbook, host, variables)) {
      if (look.change === undefined) continue;
      await handler.module.apply(look.args, look.facts, host, look.context);
      diffs.push(describeDiff(look.change) ?? '');
    }
  } catch (error) {
    throw atTask(error, handler, host.name);
  }
  await forgetHandler(host, playbook, handler.name);
  made({ change: handlerChange(handler, false), diff: diffs.join('') || undefined });
}
