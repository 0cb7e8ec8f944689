import type { Expression } from './expression/parse.ts';
import type { PlaybookModule } from './module.ts';
import type { Variables } from './variables.ts';

/** A playbook that was read and checked whole: nothing in it is unknown or misspelt. */
export interface Playbook {
  /** File name without its ending: "prepare-node". */
  readonly name: string;
  /** Folder that holds the file, its templates/ and files/. */
  readonly directory: string;
  readonly plays: readonly Play[];
}

export interface Play {
  readonly name: string;
  /** `file:line` where it says whom it is for. */
  readonly place: string;
  /** Host names and groups; `all` is everyone. */
  readonly hosts: readonly string[];
  readonly variables: Variables;
  readonly tasks: readonly PlayItem[];
  readonly handlers: readonly Task[];
}

export type PlayItem = Task | { readonly kind: 'flush-handlers' };

export interface Task {
  readonly kind: 'task';
  /** Unique in the playbook, and the same as long as its name is: "containerd/write-the-configuration". */
  readonly id: string;
  readonly name: string;
  /** `file:line`, for people. */
  readonly place: string;
  readonly module: PlaybookModule;
  /** As written; texts are not filled in yet. */
  readonly args: Readonly<Record<string, unknown>>;
  /** All must hold. */
  readonly when: readonly Expression[];
  readonly loop: string | readonly unknown[] | undefined;
  readonly loopLabel: string | undefined;
  readonly register: string | undefined;
  /** Names of handlers. */
  readonly notify: readonly string[];
  readonly tags: readonly string[];
  readonly variables: Variables;
  readonly user: string | undefined;
  /** Nothing of the content may be shown. */
  readonly quiet: boolean;
}
