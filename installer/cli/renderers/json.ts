import type { JsonValue } from '../../base/json.ts';
import { redact } from '../../base/redact.ts';
import type { Renderer, Sink } from './renderer.ts';

/** One JSON value per line for programs: every event as it comes, with the time it came at. */
export function jsonRenderer(sink: Sink, now: () => Date = () => new Date()): Renderer {
  const write = (value: { readonly kind: string }): void => {
    sink(`${JSON.stringify(redactValue({ at: now().toISOString(), ...value }))}\n`);
  };
  const say = (text: string): void => write({ kind: 'say', text } as { kind: string });
  return { emit: write, say, show: async (text) => say(text), pause: async () => {}, close: async () => {} };
}

/** Every text in a value redacted before it becomes JSON, where quoting could hide a secret from a search. */
export function redactValue(value: JsonValue | undefined): JsonValue | undefined {
  if (typeof value === 'string') return redact(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => redactValue(item) ?? null);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactValue(inner)]));
}
