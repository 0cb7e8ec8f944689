import type { PerimeterEvent } from '../../base/events.ts';
import type { JsonValue } from '../../base/json.ts';
import { redact } from '../../base/redact.ts';
import { ByScope } from './by-scope.ts';
import { ProgressMeter } from './progress.ts';
import type { Renderer, Sink } from './renderer.ts';

/**
 * One JSON value per line for programs: every event as it comes, with the time it came at. Progress carries how fast it goes and how
 * long still, so that no program has to keep samples of its own.
 */
export function jsonRenderer(sink: Sink, now: () => Date = () => new Date()): Renderer {
  const meters = new ByScope(() => new ProgressMeter());
  const write = (value: { readonly kind: string }, at = now()): void => {
    sink(`${JSON.stringify(redactValue({ at: at.toISOString(), ...value }))}\n`);
  };
  const say = (text: string): void => write({ kind: 'say', text } as { kind: string });
  const emit = (event: PerimeterEvent): void => {
    if (event.kind !== 'progress') {
      if (event.kind === 'done' || event.kind === 'fail') meters.end(event.scope);
      write(event);
      return;
    }
    const at = now();
    const pace = Object.entries(meters.of(event.scope).measure(event, at.getTime()));
    write(
      { ...event, ...Object.fromEntries(pace.map(([key, value]) => [key, Math.round(value as number)])) },
      at,
    );
  };
  return { emit, say, show: async (text) => say(text), pause: async () => {}, close: async () => {} };
}

/** Every text in a value redacted before it becomes JSON, where quoting could hide a secret from a search. */
export function redactValue(value: JsonValue | undefined): JsonValue | undefined {
  if (typeof value === 'string') return redact(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => redactValue(item) ?? null);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactValue(inner)]));
}
