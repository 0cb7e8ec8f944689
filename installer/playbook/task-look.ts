import type { JsonObject } from '../base/json.ts';
import { issueMessages } from '../base/schema-words.ts';
import type { HostView } from '../hosts/host.ts';
import { brokenRules } from './argument-rules.ts';
import { holds } from './expression/evaluate.ts';
import type { ModuleChange, ModuleContext } from './module.ts';
import type { Playbook, Task } from './playbook.ts';
import { renderText, renderValue } from './render.ts';
import { FinalTaskError } from './task-error.ts';
import { extended, type Variables } from './variables.ts';

/** What a task found on a host; a task with a loop has one for each item. */
export interface TaskLook {
  readonly kind: 'look';
  readonly task: Task;
  /** The task's id, with the item's label behind it. */
  readonly id: string;
  readonly skipped: boolean;
  /** Undefined when all is as declared. */
  readonly change: ModuleChange | undefined;
  readonly result: JsonObject;
  readonly args: unknown;
  readonly facts: unknown;
  readonly context: ModuleContext;
}

/** Looks at everything that a task is about, and plans. Raises a TaskError, or what the host raises. */
export async function lookAtTask(
  task: Task,
  playbook: Playbook,
  host: HostView,
  given: Variables,
): Promise<TaskLook[]> {
  const variables = extended(given, renderValue(task.variables, given) as Variables);
  if (task.loop === undefined) return [await lookOnce(task, task.id, playbook, host, variables)];
  // The condition of a loop may speak of the item, so it is judged for each of them.
  const items = renderValue(task.loop, variables);
  if (!Array.isArray(items)) throw new FinalTaskError('loop must be a list');
  const scopes = items.map((item: unknown) => extended(variables, { item }));
  const labels = scopes.map((scope, index) => labelOf(task, items[index], index, scope));
  return await Promise.all(
    scopes.map((scope, index) => {
      const label = labels[index] ?? '';
      // Items of the same name must still be told apart.
      const unique = labels.indexOf(label) === index ? label : `${label}#${index}`;
      return lookOnce(task, `${task.id}[${unique}]`, playbook, host, scope);
    }),
  );
}

async function lookOnce(
  task: Task,
  id: string,
  { directory }: Playbook,
  host: HostView,
  variables: Variables,
): Promise<TaskLook> {
  const context: ModuleContext = {
    variables,
    directory,
    quiet: task.quiet,
    ...(task.user === undefined ? {} : { user: task.user }),
  };
  if (!task.when.every((condition) => holds(condition, variables))) {
    return {
      kind: 'look',
      task,
      id,
      skipped: true,
      change: undefined,
      result: { skipped: true },
      args: undefined,
      facts: undefined,
      context,
    };
  }
  const args = checkedArgs(task, renderValue(task.args, variables));
  const facts = await task.module.inspect(args, host, context);
  const change = task.module.plan(args, facts, context);
  const result = task.module.result?.(args, facts) ?? {};
  return { kind: 'look', task, id, skipped: false, change, result, args, facts, context };
}

/** The arguments were checked as written; filled in, they are checked again. */
function checkedArgs({ module }: Task, rendered: unknown): unknown {
  const checked = module.args.safeParse(rendered, { reportInput: true });
  const words = checked.success
    ? brokenRules(module, checked.data).map((message) => `${module.name} ${message}`)
    : checked.error.issues
        .flatMap((issue) => issueMessages(issue, module.args))
        .map(({ path, message }) => `${[module.name, ...path].join('.')} ${message}`);
  if (words.length > 0) throw new FinalTaskError(words.join('; '));
  return checked.data;
}

function labelOf({ loopLabel }: Task, item: unknown, index: number, variables: Variables): string {
  if (loopLabel !== undefined) return renderText(loopLabel, variables);
  if (typeof item === 'string' || typeof item === 'number') return String(item);
  const name = (item as { readonly name?: unknown } | null)?.name;
  return typeof name === 'string' ? name : String(index);
}
