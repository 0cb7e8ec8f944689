import type { FileProblem } from '../base/checked-yaml.ts';
import { didYouMean } from '../base/suggest.ts';
import type { Task } from './playbook.ts';
import { slug } from './slug.ts';

/** What is wrong between the tasks of a play and its handlers. `names`: those of all handlers, also of such as have problems of their own. */
export function judgeHandlers(
  tasks: readonly Task[],
  handlers: readonly Task[],
  names: readonly string[],
): readonly FileProblem[] {
  const unknown = [...tasks, ...handlers].flatMap((task) =>
    task.notify
      .filter((name) => !names.includes(name))
      .map((name) =>
        problemAt(
          task,
          `task "${task.name}" notifies "${name}", but there is no such handler${didYouMean(name, names)}`,
        ),
      ),
  );
  return [...unknown, ...sameNames(handlers)];
}

/** Handlers that would share one note on the host: when the first of them has run, the other is forgotten. */
function sameNames(handlers: readonly Task[]): FileProblem[] {
  return handlers.flatMap((handler, index) => {
    const first = handlers.findIndex((other) => slug(other.name) === slug(handler.name));
    if (first === index) return [];
    const message = `handler "${handler.name}" has the name of the one at ${handlers[first]?.place}; names of handlers must differ`;
    return [problemAt(handler, message)];
  });
}

function problemAt({ place }: Task, message: string): FileProblem {
  const [, file = place, line] = /^(.*):(\d+)$/.exec(place) ?? [];
  return { file, line: Number(line), path: [], message };
}
