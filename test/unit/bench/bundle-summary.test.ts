import { expect, it } from 'vitest';
import { comparison } from '../../bench/bundle/section.ts';
import { ratiosOf, ratioTable } from '../../bench/bundle/summary.ts';

it('says beside each ratio whether its bar was met, and nothing where there is none', () => {
  const times = { ours: [100, 120, 110], fast: [100, 100, 100], slow: [200, 200, 200], other: [1, 1, 1] };
  const text = ratioTable(ratiosOf(comparison('verify', '1 MB', times, { fast: 1.05, slow: 1 })));
  const lines = text.split('\n').map((line) => line.split(/ {2,}/));
  expect(lines.map((cells) => [cells[1], cells[4], cells[5]])).toEqual([
    ['AGAINST', 'RATIO', 'BAR'],
    ['fast', '1.10 (1.00..1.20)', 'bar missed (1.05)'],
    ['slow', '0.55 (0.50..0.60)', 'bar met (1.00)'],
    ['other', '110.00 (100.00..120.00)', '-'],
  ]);
});
