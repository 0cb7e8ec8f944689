import { isPerimeterError, PerimeterError } from '../base/errors.ts';
import { redact } from '../base/redact.ts';
import type { Play, Task } from './playbook.ts';
import { FinalTaskError, TaskError } from './task-error.ts';

/** The error with its place in the playbook. What is no expected failure stays as it was thrown: it is a defect. */
export function atTask(error: unknown, task: Task, hostName: string): unknown {
  const place = `${task.name} (${task.place})`;
  if (isPerimeterError(error)) return error.at({ task: place, host: hostName });
  if (!(error instanceof TaskError)) return error;
  return new PerimeterError('E_PLAYBOOK_TASK', {
    message: redact(`${hostName}: task "${task.name}" at ${task.place}: ${error.message}`),
    hint: 'Correct the task, its variables or the host, then run the same command again.',
    cause: error,
    where: { task: place, host: hostName },
  });
}

/** The same for the variables of a play. */
export function atPlay(error: unknown, { name, place }: Play, variable: string): unknown {
  if (!(error instanceof TaskError)) return error;
  return new PerimeterError('E_PLAYBOOK_TASK', {
    message: redact(`play "${name}" at ${place}: vars.${variable}: ${error.message}`),
    hint: 'Correct the variables of the play, then run the same command again.',
    cause: error,
    where: { play: `${name} (${place})` },
  });
}

const ofTheHost = new Set<string>(['E_HOST_COMMAND', 'E_HOST_FILE', 'E_PLAYBOOK_TASK']);

/** Whether changes on the host may mend a look that failed. `depends`: on a registered result that they may alter. */
export function mayMend(failure: unknown, depends: boolean): boolean {
  if (!isPerimeterError(failure) || !ofTheHost.has(failure.code)) return false;
  return depends || !(failure.cause instanceof FinalTaskError);
}

/** One error for all that went wrong on one host, so that everything is mended in one go. A defect comes first. */
export function joinTaskFailures(errors: readonly unknown[], hostName: string): unknown {
  const defect = errors.find((error) => !isPerimeterError(error));
  if (defect !== undefined) return defect;
  const failures = errors as readonly PerimeterError[];
  // The first one that is not the task's own fault says most: an unreachable host fails every task.
  const first = failures.find((error) => error.code !== 'E_PLAYBOOK_TASK') ?? failures[0];
  if (first === undefined || failures.length === 1 || first.code !== 'E_PLAYBOOK_TASK') return first;
  return new PerimeterError('E_PLAYBOOK_TASK', {
    message: `${hostName}: ${failures.length} tasks cannot be done.`,
    hint: first.hint,
    findings: failures.map((error) => error.message),
    where: { host: hostName },
  });
}
