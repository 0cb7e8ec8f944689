import type { PerimeterEvent } from '../../base/events.ts';
import { redact } from '../../base/redact.ts';
import { formatDuration } from '../../base/units.ts';
import { ByScope } from './by-scope.ts';
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
  const newMeter = () => ({ meter: new ProgressMeter(), saidAt: now() });
  const targets = new ByScope(newMeter);
  const parts = new ByScope(newMeter);
  const write = (text: string): void => {
    const clock = clockText(now() - startedAt);
    for (const line of redact(text).split('\n')) sink(`${clock}  ${line}\n`);
  };
  return {
    emit(event) {
      const scope = event.scope.join(' > ');
      if (event.kind === 'progress') {
        const isPart = event.scope.length > 2;
        const known = (isPart ? parts : targets).of(event.scope);
        const text = known.meter.describe(event, now());
        const everyMs = isPart ? Math.max(partEveryMs, parts.size / partsPerMs) : progressEveryMs;
        if (now() - known.saidAt < everyMs) return;
        known.saidAt = now();
        write(`${scope}: ${text}`);
        return;
      }
      if (event.kind === 'done' || event.kind === 'fail')
        for (const meters of [targets, parts]) meters.end(event.scope);
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
