/**
 * Why a thing is watched. `declared`: a playbook or phase makes it so. `kept`: something else made it at install (kubeadm), and it stays
 * as it was made. `guarded`: nobody declares what is in there, so nothing may appear, change or vanish without an operator's word.
 */
export type WatchClass = 'declared' | 'kept' | 'guarded';

/** One thing on a node and the state it is in; `absent` when it is not there. */
export interface WatchedState {
  readonly class: WatchClass;
  readonly kind: string;
  readonly name: string;
  readonly value: string;
}

export interface WatchDifference {
  readonly class: WatchClass;
  readonly kind: string;
  readonly name: string;
  readonly wanted: string;
  readonly found: string;
}

export const absent = 'absent';

export function keyOf({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind} ${name}`;
}

/** Out of what `watch look` prints. */
export function readStates(text: string): readonly WatchedState[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [watchClass = '', kind = '', name = '', value = ''] = line.split('\t');
      return { class: watchClass as WatchClass, kind, name, value };
    });
}

/** What is not as it was recorded: changed, gone, or there without having been. */
export function differencesBetween(
  recorded: readonly WatchedState[],
  found: readonly WatchedState[],
): readonly WatchDifference[] {
  const before = new Map(recorded.map((state) => [keyOf(state), state]));
  const now = new Map(found.map((state) => [keyOf(state), state]));
  const keys = [...new Set([...before.keys(), ...now.keys()])].toSorted();
  return keys.flatMap((key) => {
    const state = now.get(key) ?? before.get(key);
    if (state === undefined) return [];
    const [wanted, is] = [before.get(key)?.value ?? absent, now.get(key)?.value ?? absent];
    return wanted === is
      ? []
      : [{ class: state.class, kind: state.kind, name: state.name, wanted, found: is }];
  });
}
