import type { Events } from '../base/events.ts';
import type { JsonObject } from '../base/json.ts';

/** One option of a verb. A `string` option takes a value, named in the help by `value`. */
export interface VerbOption {
  readonly type: 'string' | 'boolean';
  readonly summary: string;
  readonly short?: string;
  /** What the help calls the value: FILE, NAME, N. */
  readonly value?: string;
  /** May be given several times; the values come as a list. */
  readonly multiple?: true;
  readonly default?: string;
  /** The only values allowed. */
  readonly choices?: readonly string[];
}

/** One word after the verb that is no option. Optional ones come last. */
export interface VerbArgument {
  /** As written in the help: SITE. */
  readonly name: string;
  readonly summary: string;
  readonly optional?: true;
  /** Only of the last one: as many words as are given. */
  readonly multiple?: true;
  readonly choices?: readonly string[];
}

type OptionValue<O extends VerbOption> = O['type'] extends 'boolean'
  ? boolean
  : O extends { readonly multiple: true }
    ? readonly string[]
    : O extends { readonly default: string }
      ? string
      : string | undefined;

export type OptionValues<O extends Readonly<Record<string, VerbOption>>> = {
  readonly [K in keyof O]: OptionValue<O[K]>;
};

export type OutputMode = 'tree' | 'lines' | 'json';

/** What a verb works with while it runs. */
export interface VerbContext<
  O extends Readonly<Record<string, VerbOption>> = Readonly<Record<string, VerbOption>>,
> {
  /** The words after the verb, in order; those that are not optional are there. */
  readonly args: readonly string[];
  readonly options: OptionValues<O>;
  /** Shown while it runs, in the way the person chose. */
  readonly events: Events;
  /** Aborted by the first Ctrl-C: stop at the next safe point. */
  readonly signal: AbortSignal;
  readonly output: OutputMode;
  /** Shows a whole text to the person while it runs, such as a plan; the view goes on below it. */
  show(text: string): Promise<void>;
  /** Takes the live view off the terminal, for a verb that hands the terminal to another program. */
  pauseView(): Promise<void>;
  /** Tells where the journal lies, to be named when the program itself is at fault. */
  journalLiesAt(path: string): void;
}

/** What a verb leaves behind. Text goes to stdout for people; with `--output json` the data goes there instead. */
export interface VerbResult {
  /** Default 0. For answers that are no failure, for example 4: changes pending. */
  readonly exitCode?: number;
  readonly text?: string;
  readonly data?: JsonObject;
}

export interface Verb {
  readonly name: string;
  /** One line for the list of verbs. */
  readonly summary: string;
  /** More for the verb's own help. */
  readonly description?: string;
  readonly args: readonly VerbArgument[];
  readonly options: Readonly<Record<string, VerbOption>>;
  /** Command lines that can be pasted, each with what it does. */
  readonly examples: readonly { readonly command: string; readonly does: string }[];
  run(context: VerbContext): Promise<VerbResult | void>;
}

/** Gives `run` the types of the verb's own options. */
export function defineVerb<const O extends Readonly<Record<string, VerbOption>>>(
  verb: Omit<Verb, 'options' | 'run'> & {
    readonly options: O;
    run(context: VerbContext<O>): Promise<VerbResult | void>;
  },
): Verb {
  return verb;
}

/** Reads the file of a verb only when it is needed: starting stays fast. */
export type VerbLoaders = Readonly<Record<string, () => Promise<Verb | VerbGroup>>>;

/** A word that only leads to verbs: `bundle` leads to `bundle build`, `bundle ls` and more, in the order of the help. */
export interface VerbGroup extends Pick<Verb, 'name' | 'summary' | 'description' | 'examples'> {
  readonly verbs: Readonly<Record<string, () => Promise<Verb>>>;
}

export function isGroup(verb: Verb | VerbGroup): verb is VerbGroup {
  return 'verbs' in verb;
}
