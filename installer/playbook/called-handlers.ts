import { holds } from './expression/evaluate.ts';
import { ExpressionError } from './expression/tokens.ts';
import type { Play, Task } from './playbook.ts';
import type { Variables } from './variables.ts';

export interface CalledHandler {
  readonly handler: Task;
  /** Why its condition cannot be judged yet: what it asks for may only be registered until the handler runs. */
  readonly open: ExpressionError | undefined;
}

/** The handlers that a task calls, but for those whose condition says that there is nothing to do for them. */
export function calledHandlers(
  task: Task,
  { handlers }: Play,
  variables: Variables,
): readonly CalledHandler[] {
  return handlers
    .filter(({ name }) => task.notify.includes(name))
    .flatMap((handler): CalledHandler[] => {
      try {
        const isWanted = handler.when.every((condition) => holds(condition, variables));
        return isWanted ? [{ handler, open: undefined }] : [];
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        return [{ handler, open: error }];
      }
    });
}
