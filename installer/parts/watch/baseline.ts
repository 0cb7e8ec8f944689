import type { Watched } from './watch-list.ts';
import { isWithin } from './watch-list.ts';
import { keyOf, readStates, type WatchClass, type WatchedState } from './watched-state.ts';

/** What a class was recorded for; another one means that it has to be recorded anew. */
export type Epochs = Readonly<Record<WatchClass, string>>;

/** The state of a node as it was recorded when an install was through. */
export interface Baseline {
  readonly epochs: Epochs;
  /** The guarded places of that time: what lies in others was never looked at. */
  readonly covers: readonly Watched[];
  readonly states: readonly WatchedState[];
}

export function baselineText({ epochs, covers, states }: Baseline): string {
  const lines = [
    ...Object.entries(epochs).map(([name, value]) => `epoch\t${name}\t${value}`),
    ...covers.map(({ kind, name }) => `covers\t${kind}\t${name}`),
    ...states.map((state) => `${state.class}\t${state.kind}\t${state.name}\t${state.value}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Undefined when there is none, or a power cut left half of one. */
export function readBaseline(text: string | undefined): Baseline | undefined {
  if (text === undefined || !text.endsWith('\n')) return undefined;
  const lines = text.split('\n').filter(Boolean);
  const fields = (head: string): string[][] =>
    lines.filter((line) => line.startsWith(`${head}\t`)).map((line) => line.split('\t').slice(1));
  const epochs = Object.fromEntries(fields('epoch')) as Epochs;
  if (epochs.declared === undefined || epochs.kept === undefined || epochs.guarded === undefined)
    return undefined;
  const states = lines.filter((line) => !/^(epoch|covers)\t/.test(line)).join('\n');
  return {
    epochs,
    covers: fields('covers').map(([kind, name = '']) => ({ kind, name }) as Watched),
    states: readStates(states),
  };
}

export interface Recording {
  readonly before: Baseline | undefined;
  readonly found: readonly WatchedState[];
  readonly epochs: Epochs;
  readonly guarded: readonly Watched[];
  /** Keys of things to take as they are, whatever was recorded. */
  readonly taken: ReadonlySet<string>;
}

/**
 * The next baseline. A class of a new epoch is taken as found; what is guarded is taken once, when its place is first looked at, and
 * from then on only by an operator's word: a foreign file must not become right because somebody changed the site file.
 */
export function nextBaseline({ before, found, epochs, guarded, taken }: Recording): Baseline {
  const isNew = (watchClass: WatchClass): boolean => before?.epochs[watchClass] !== epochs[watchClass];
  const recorded = new Map(before?.states.map((state) => [keyOf(state), state]) ?? []);
  const current = new Map(found.map((state) => [keyOf(state), state]));
  const states: WatchedState[] = [];
  for (const [key, state] of current) {
    const earlier = recorded.get(key);
    const isFresh = state.class === 'guarded' ? !isWithin(before?.covers ?? [], state) : isNew(state.class);
    if (isFresh || taken.has(key)) states.push(state);
    else if (earlier !== undefined) states.push({ ...earlier, class: state.class });
  }
  for (const [key, state] of recorded) {
    if (current.has(key) || taken.has(key)) continue;
    const stays = state.class === 'guarded' ? isWithin(guarded, state) : !isNew(state.class);
    if (stays) states.push(state);
  }
  return { epochs, covers: guarded, states: states.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)) };
}
