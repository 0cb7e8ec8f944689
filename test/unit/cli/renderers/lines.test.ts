import { expect, test } from 'vitest';
import { linesRenderer } from '../../../../installer/cli/renderers/lines.ts';

function lines() {
  const seen = { text: '', nowMs: 0 };
  const renderer = linesRenderer(
    (text) => {
      seen.text += text;
    },
    () => seen.nowMs,
  );
  return { seen, renderer };
}

test('a line for each start, note, end and failure, with the time since the start', () => {
  const { seen, renderer } = lines();
  renderer.emit({ kind: 'start', scope: ['seed-images'], title: 'Bring the images' });
  renderer.emit({ kind: 'start', scope: ['seed-images', 'n1'], title: 'n1' });
  seen.nowMs = 65_000;
  renderer.emit({ kind: 'note', scope: ['seed-images', 'n1'], text: 'two\nlines' });
  renderer.emit({ kind: 'skip', scope: ['seed-images', 'n2'], reason: 'as declared' });
  renderer.emit({
    kind: 'fail',
    scope: ['seed-images', 'n1'],
    ms: 64_000,
    code: 'E_SEED',
    message: 'no room',
  });
  renderer.emit({ kind: 'done', scope: ['seed-images'], ms: 65_000, text: '3 applied' });
  expect(seen.text.trimEnd().split('\n')).toEqual([
    '00:00  seed-images: Bring the images',
    '00:00  seed-images > n1: started',
    '01:05  seed-images > n1: two',
    '01:05  lines',
    '01:05  seed-images > n2: nothing to do: as declared',
    '01:05  seed-images > n1: FAILED after 1 min 4 s: no room [E_SEED]',
    '01:05  seed-images: done in 1 min 5 s (3 applied)',
  ]);
});

test('progress is told now and then, per scope', () => {
  const { seen, renderer } = lines();
  for (let second = 0; second <= 12; second += 1) {
    seen.nowMs = second * 1000;
    for (const host of ['n1', 'n2']) {
      renderer.emit({ kind: 'progress', scope: ['seed', host], done: second, total: 100, unit: 'steps' });
    }
  }
  expect(
    seen.text
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(0, 27)),
  ).toEqual([
    '00:05  seed > n1: 5 of 100,',
    '00:05  seed > n2: 5 of 100,',
    '00:10  seed > n1: 10 of 100',
    '00:10  seed > n2: 10 of 100',
  ]);
});

test('a hundred nodes of one seeding leave a log that can be read', () => {
  const { seen, renderer } = lines();
  for (let second = 0; second <= 600; second += 1) {
    seen.nowMs = second * 1000;
    const sum = { kind: 'progress', scope: ['seed-images', 'site'], total: 1e9, unit: 'bytes' } as const;
    renderer.emit({ ...sum, done: second * 1e6 });
    for (let node = 1; node <= 100; node += 1)
      renderer.emit({ ...sum, scope: [...sum.scope, `n${node}`], done: second * 1e6, text: 'from n7' });
  }
  const told = seen.text.trimEnd().split('\n');
  const sums = told.filter((line) => line.includes('site: '));
  expect(sums.length).toBe(120);
  expect(told.length - sums.length).toBeLessThanOrEqual(300);
  for (let node = 1; node <= 100; node += 1) expect(seen.text).toContain(`> n${node}: `);
  expect(told.find((line) => line.includes('> n9: '))).toMatch(/MB\/s, .* left, from n7$/);
});

test('parts end with their target: what they say the next time is of that time, and as often as if it were the first', () => {
  const { seen, renderer } = lines();
  const scope = ['seed-images', 'site'];
  const progress = (node: number, done: number): void =>
    renderer.emit({
      kind: 'progress',
      scope: [...scope, `n${node}`],
      done,
      total: 1e9,
      unit: 'bytes',
    });
  for (let node = 1; node <= 100; node += 1) progress(node, 0);
  seen.nowMs = 10_000;
  progress(1, 1e6);
  renderer.emit({ kind: 'done', scope, ms: 10_000 });
  seen.text = '';
  for (let second = 600; second <= 632; second += 1) {
    seen.nowMs = second * 1000;
    progress(1, 1e6 + (second - 600) * 10e6);
  }
  expect(seen.text.trimEnd().split('\n')).toEqual([expect.stringContaining(' 10.0 MB/s, ')]);
});
