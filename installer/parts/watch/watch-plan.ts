import { type Baseline, type Epochs } from './baseline.ts';
import { isWithin } from './watch-list.ts';
import {
  absent,
  differencesBetween,
  keyOf,
  type WatchDifference,
  type WatchedState,
} from './watched-state.ts';

/** What is known of a node when its watch is planned. */
export interface WatchFacts {
  readonly wantedList: string;
  readonly list: string | undefined;
  readonly baseline: Baseline | undefined;
  readonly found: readonly WatchedState[];
  readonly epochs: Epochs;
  /** Keys of what playbooks are going to change, and so put right themselves. */
  readonly changing: ReadonlySet<string>;
  /** Keys of guarded things that came with something declared: the link that enables a declared unit, files of declared packages. */
  readonly belonging: ReadonlySet<string>;
}

/** Differences from what was recorded that nothing declared explains. */
export function unexplained(facts: WatchFacts): readonly WatchDifference[] {
  const { baseline, found, epochs, changing, belonging } = facts;
  if (baseline === undefined) return [];
  return differencesBetween(baseline.states, found).filter((difference) => {
    if (difference.class === 'guarded')
      return isWithin(baseline.covers, difference) && !belonging.has(keyOf(difference));
    return baseline.epochs[difference.class] === epochs[difference.class] && !changing.has(keyOf(difference));
  });
}

/** Whether the watch can put a difference right; packages, accounts and the like only a playbook can. */
export function canPutBack({ kind, wanted, found }: WatchDifference): boolean {
  return kind === 'file' || (kind === 'unit' && wanted !== absent && found !== absent);
}

export function needsRecord({ baseline, found, epochs, belonging }: WatchFacts): boolean {
  if (baseline === undefined) return true;
  if (Object.entries(epochs).some(([name, value]) => baseline.epochs[name as keyof Epochs] !== value))
    return true;
  const recorded = new Map(baseline.states.map((state) => [keyOf(state), state.value]));
  return found.some((state) => belonging.has(keyOf(state)) && recorded.get(keyOf(state)) !== state.value);
}
