import type { GitState, GitUser } from './memory-git-state.ts';
import type { Route, ServiceAnswer } from './memory-service.ts';

/** What a route of the Git server in memory works with. */
export interface GitContext {
  readonly state: GitState;
  readonly caller: GitUser;
  readonly body: Readonly<Record<string, unknown>>;
  /** One effect that takes place whole or not at all; a request may have several, and be cut off between them. */
  change<T>(what: string, effect: () => T): Promise<T>;
}

export type GitRoute = Route<GitContext>;

export function refusal(status: number, message: string): ServiceAnswer {
  return { status, body: { message } };
}

/** The same route for the administrator alone. */
export function forAdministrator(route: GitRoute): GitRoute {
  return {
    ...route,
    answer: (context, ...groups) => {
      if (!context.caller.isAdmin) return refusal(403, 'user should be an admin');
      return route.answer(context, ...groups);
    },
  };
}
