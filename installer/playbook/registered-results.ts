import type { JsonObject } from '../base/json.ts';
import type { Task } from './playbook.ts';
import { extended, type Variables } from './variables.ts';

/** What tasks registered on one host in one run, each as it was when the run came to the task. */
export type RegisteredResults = Map<Task, JsonObject>;

/**
 * The variables with the results of tasks under the names that they are registered by. `read` collects those that were asked for,
 * by a condition, an argument or a template: whoever asks for none of them does not depend on them.
 */
export function withResults(
  variables: Variables,
  results: Iterable<readonly [Task, JsonObject | undefined]>,
  read = new Set<Task>(),
): Variables {
  const named: Variables = {};
  for (const [task, result] of results) {
    if (task.register === undefined) continue;
    Object.defineProperty(named, task.register, {
      enumerable: true,
      configurable: true,
      get() {
        read.add(task);
        return result;
      },
    });
  }
  return extended(variables, named);
}
