import { describe, expect, it } from 'vitest';
import type { PerimeterEvent } from '../../../../installer/base/events.ts';
import { jsonRenderer } from '../../../../installer/cli/renderers/json.ts';

/** What is written for events that come a second after one another. */
function written(events: readonly PerimeterEvent[]): Record<string, unknown>[] {
  const lines: string[] = [];
  let ms = 0;
  const renderer = jsonRenderer(
    (text) => lines.push(text),
    () => new Date(ms),
  );
  for (const event of events) {
    renderer.emit(event);
    ms += 1000;
  }
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const progress = (done: number, more: object = {}): PerimeterEvent => ({
  kind: 'progress',
  scope: ['bundle', 'verify'],
  done,
  total: 1000,
  unit: 'bytes',
  ...more,
});

describe('progress for programs', () => {
  it('tells how fast it goes and how long still, as soon as that says something', () => {
    const [first, second, third, last] = written([progress(0), progress(100), progress(200), progress(1000)]);
    expect(first).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      kind: 'progress',
      scope: ['bundle', 'verify'],
      done: 0,
      total: 1000,
      unit: 'bytes',
    });
    expect(second).not.toHaveProperty('leftMs');
    expect(third).toMatchObject({ bytesPerSecond: 100, leftMs: 8000 });
    expect(last).not.toHaveProperty('leftMs');
  });

  it('keeps what a sender knows better, and begins anew when a scope does', () => {
    const told = written([
      progress(1, { unit: 'steps', leftMs: 5000 }),
      { kind: 'done', scope: ['bundle', 'verify'], ms: 1 },
      progress(0),
    ]);
    expect(told[0]).toMatchObject({ leftMs: 5000 });
    expect(told[2]).not.toHaveProperty('leftMs');
  });

  it('begins anew for the parts of a target that ended, and for no other', () => {
    const of = (scope: readonly string[], done: number): PerimeterEvent => progress(done, { scope });
    const [n1, other] = [
      ['seed-images', 'site', 'n1'],
      ['seed-images', 'sites', 'n1'],
    ];
    const told = written([
      of(n1, 0),
      of(other, 0),
      of(n1, 100),
      of(other, 100),
      { kind: 'done', scope: ['seed-images', 'site'], ms: 1 },
      of(n1, 500),
      of(other, 500),
    ]);
    expect(told[5]).not.toHaveProperty('bytesPerSecond');
    expect(told[6]).toMatchObject({ bytesPerSecond: 100 });
  });
});
