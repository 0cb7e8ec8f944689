import type { HostView } from '../hosts/host.ts';
import { type PlaybookHost, playsFor, playVariables } from './play-look.ts';
import type { Play, Playbook, Task } from './playbook.ts';
import { type RegisteredResults, withResults } from './registered-results.ts';
import { atTask } from './task-failure.ts';
import { lookAtTask } from './task-look.ts';

/** In the order of the playbook: a name that is registered twice stands for the later result. */
type Known = readonly (readonly [Task, ReturnType<RegisteredResults['get']>])[];

/**
 * All that is registered before a task. What is not known yet is looked at now and kept: the run has come past it, and what is changed
 * later does not alter what a condition below it means.
 */
export async function resultsBefore(
  task: Task,
  playbook: Playbook,
  target: PlaybookHost,
  results: RegisteredResults,
): Promise<Known> {
  const all = tasksFor(playbook, target);
  const end = all.findIndex(([, item]) => item === task);
  return await readResults(all.slice(0, end), playbook, target, results);
}

/** All that is registered when the handlers of a play run: at its end, or where they are flushed; nothing is kept there of what may come later. */
export async function resultsForHandler(
  play: Play,
  playbook: Playbook,
  target: PlaybookHost,
  results: RegisteredResults,
): Promise<Known> {
  const all = tasksFor(playbook, target);
  const until = all.slice(0, all.findLastIndex(([own]) => own === play) + 1);
  const isFlushed = play.tasks.some(({ kind }) => kind === 'flush-handlers');
  return await readResults(until, playbook, target, isFlushed ? new Map(results) : results);
}

function tasksFor(playbook: Playbook, target: PlaybookHost): readonly (readonly [Play, Task])[] {
  return playsFor(playbook, target).flatMap((play) =>
    play.tasks.flatMap((item) => (item.kind === 'task' ? [[play, item] as const] : [])),
  );
}

async function readResults(
  tasks: readonly (readonly [Play, Task])[],
  playbook: Playbook,
  target: PlaybookHost & { readonly host: HostView },
  results: RegisteredResults,
): Promise<Known> {
  const known: [Task, ReturnType<RegisteredResults['get']>][] = [];
  for (const [play, task] of tasks) {
    if (task.register === undefined) continue;
    if (!results.has(task)) {
      try {
        const variables = withResults(playVariables(play, target.variables), known);
        const [look] = await lookAtTask(task, playbook, target.host, variables);
        results.set(task, look?.result ?? {});
      } catch (error) {
        throw atTask(error, task, target.host.name);
      }
    }
    known.push([task, results.get(task)]);
  }
  return known;
}
