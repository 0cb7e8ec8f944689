import type { PerimeterEvent } from '../../base/events.ts';
import { redact } from '../../base/redact.ts';
import { formatDuration } from '../../base/units.ts';
import { ProgressMeter } from './progress.ts';
import type { Renderer, Sink } from './renderer.ts';

/** Between two progress lines of one scope. */
const progressEveryMs = 5_000;
/** The same for a part of a target, such as one node of a seeding: the sum is told above it, so that this need not be often. */
const partEveryMs = 30_000;
/** What all parts together may add each second, on average: with a hundred nodes, still a log that can be read. */
const partsPerMs = 1 / 2000;

/** Plain lines for logs and pipes: one for each start, note and end, progress only now and then. */
export function linesRenderer(sink: Sink, now: () => number = () => performance.now()): Renderer {
  const startedAt = now();
  const meters = new Map<string, { readonly meter: ProgressMeter; saidAt: number }>();
  const write = (text: string): void => {
    const clock = clockText(now() - startedAt);
    for (const line of redact(text).split('\n')) sink(`${clock}  ${line}\n`);
  };
  const parts = new Set<string>();
  const everyMs = (scope: readonly string[]): number => {
    if (scope.length < 3) return progressEveryMs;
    parts.add(scope.join(' > '));
    return Math.max(partEveryMs, parts.size / partsPerMs);
  };
  return {
    emit(event) {
      const scope = event.scope.join(' > ');
      if (event.kind === 'progress') {
        const known = meters.get(scope) ?? { meter: new ProgressMeter(), saidAt: now() };
        meters.set(scope, known);
        const text = known.meter.describe(event, now());
        if (now() - known.saidAt < everyMs(event.scope)) return;
        known.saidAt = now();
        write(`${scope}: ${text}`);
        return;
      }
      if (event.kind === 'done' || event.kind === 'fail') meters.delete(scope);
      const text = wordsOf(event);
      if (text !== undefined) write(`${scope}: ${text}`);
    },
    say: write,
    show: async (text) => sink(redact(text.endsWith('\n') ? text : `${text}\n`)),
    pause: async () => {},
    close: async () => {},
  };
}

function wordsOf(event: Exclude<PerimeterEvent, { kind: 'progress' }>): string | undefined {
  switch (event.kind) {
    case 'start':
      return event.title === event.scope.at(-1) ? 'started' : event.title;
    case 'note':
      return event.text;
    case 'skip':
      return `nothing to do: ${event.reason}`;
    case 'done':
      return `done in ${formatDuration(event.ms)}${event.text === undefined ? '' : ` (${event.text})`}`;
    case 'fail':
      return `FAILED after ${formatDuration(event.ms)}: ${event.message} [${event.code}]`;
    case 'data':
      return undefined;
  }
}

/** Minutes and seconds since the start: `03:25`. */
function clockText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${pad(Math.floor(seconds / 60))}:${pad(seconds % 60)}`;
}
