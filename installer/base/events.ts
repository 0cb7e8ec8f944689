import type { JsonObject } from './json.ts';

/**
 * What a long task tells while it runs. Renderers (tree, lines, json) and the journal listen; libraries never print.
 * `scope` is the path of names from the outside in, for example ['seed-images', 'n1'].
 */
export type PerimeterEvent =
  | { readonly kind: 'start'; readonly scope: readonly string[]; readonly title: string }
  | { readonly kind: 'note'; readonly scope: readonly string[]; readonly text: string }
  | ProgressEvent
  | { readonly kind: 'skip'; readonly scope: readonly string[]; readonly reason: string }
  | { readonly kind: 'done'; readonly scope: readonly string[]; readonly ms: number; readonly text?: string }
  | {
      readonly kind: 'fail';
      readonly scope: readonly string[];
      readonly ms: number;
      readonly code: string;
      readonly message: string;
    }
  | {
      readonly kind: 'data';
      readonly scope: readonly string[];
      readonly name: string;
      readonly data: JsonObject;
    };

export interface ProgressEvent {
  readonly kind: 'progress';
  readonly scope: readonly string[];
  readonly done: number;
  readonly total: number;
  readonly unit: 'bytes' | 'steps';
  /** Time left in ms, from a sender who knows more than the pace of what is done tells: how heavy each step still to come is. */
  readonly leftMs?: number;
  /** What else is worth knowing now, in a few words: where it comes from. */
  readonly text?: string;
}

export interface Events {
  emit(event: PerimeterEvent): void;
}

export const silentEvents: Events = { emit: () => {} };

/** Runs one named step and reports its start and its end, good or bad. */
export async function step<T>(
  events: Events,
  scope: readonly string[],
  title: string,
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  events.emit({ kind: 'start', scope, title });
  try {
    const result = await work();
    events.emit({ kind: 'done', scope, ms: performance.now() - startedAt });
    return result;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'DEFECT';
    const message = error instanceof Error ? error.message : String(error);
    events.emit({ kind: 'fail', scope, ms: performance.now() - startedAt, code, message });
    throw error;
  }
}
