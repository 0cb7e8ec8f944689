import type { z } from 'zod';
import type { JsonObject } from '../base/json.ts';
import type { HostHands, HostView } from '../hosts/host.ts';
import type { ArgumentRule } from './argument-rules.ts';
import type { Variables } from './variables.ts';

/** One thing that is not as declared, in words that status and drift reports show. Never holds a secret. */
export type Difference = {
  /** "mode of /etc/hosts", "sysctl net.ipv4.ip_forward". */
  readonly item: string;
  readonly wanted: string;
  readonly found: string;
};

export interface ModuleChange {
  /** What will be done: "write /etc/hosts", "set net.ipv4.ip_forward to 1". */
  readonly sentence: string;
  readonly differences: readonly Difference[];
  /** Texts to compare line by line; left out where they may hold a secret. */
  readonly texts?: { readonly path: string; readonly before: string; readonly after: string };
}

/** Something on a host whose state can be read again later without the playbook. */
export interface WatchedThing {
  readonly kind: 'file' | 'sysctl' | 'unit' | 'package' | 'module' | 'mount' | 'user' | 'group';
  /** A path, or the name that the system itself uses. */
  readonly name: string;
}

/** What a module may know besides its arguments. */
export interface ModuleContext {
  readonly variables: Variables;
  /** Folder of the playbook; templates/ and files/ lie in it. */
  readonly directory: string;
  /** The task asked for silence about content. */
  readonly quiet: boolean;
  /** Commands run as this user instead of root. */
  readonly user?: string;
}

/**
 * One kind of task. It looks, plans, does: `inspect` only reads, `plan` is pure and gives nothing when all is as declared,
 * `apply` makes it so and may be cut off anywhere and be run again.
 */
export interface PlaybookModule<Args = unknown, Facts = unknown> {
  /** As in the playbook: "copy". */
  readonly name: string;
  /** One line for people who look for a module. */
  readonly summary: string;
  /** A task's line with it, as it may stand in a playbook. */
  readonly example: string;
  /** A strict object; texts in it are already filled in when it is used. */
  readonly args: z.ZodObject;
  /** What must hold between the arguments. */
  readonly rules?: readonly ArgumentRule[];
  inspect(args: Args, host: HostView, context: ModuleContext): Promise<Facts>;
  plan(args: Args, facts: Facts, context: ModuleContext): ModuleChange | undefined;
  apply(args: Args, facts: Facts, host: HostHands, context: ModuleContext): Promise<void>;
  /** What `register` keeps. Only modules that look and never change have one. */
  result?(args: Args, facts: Facts): JsonObject;
  /** What is to be looked at between two runs, so that a change by hand is noticed; nothing for modules that only look or act. */
  watches?(args: Args, facts: Facts): readonly WatchedThing[];
  /** Files beside the playbook that these arguments name, relative to its folder. */
  files?(args: Args): readonly string[];
  /** Variables are named elsewhere than in its arguments too: in a file beside the playbook. */
  readonly namesMore?: true;
  /** Why these arguments may only stand in a handler: they act every time. Undefined when they may stand anywhere. */
  onlyInHandlers?(args: Args): string | undefined;
}

/** Gives a module its types and forgets them for the table of modules: the interpreter hands args and facts back unread. */
export function defineModule<Schema extends z.ZodObject, Facts>(
  module: Omit<PlaybookModule<z.output<Schema>, Facts>, 'args'> & { readonly args: Schema },
): PlaybookModule {
  return module;
}
