import { expect, it } from 'vitest';
import { byteProgress } from '../../../installer/base/byte-progress.ts';
import type { PerimeterEvent } from '../../../installer/base/events.ts';

it('bytes are told at once, then now and then, and whenever all that is known of came', () => {
  const told: PerimeterEvent[] = [];
  let total = 10;
  const onBytes = byteProgress({ emit: (event) => void told.push(event) }, ['a', 'b'], () => total);
  for (const bytes of [1, 2, 7]) onBytes(bytes);
  total = 30;
  for (const bytes of [5, 15]) onBytes(bytes);
  const at = { kind: 'progress', scope: ['a', 'b'], unit: 'bytes' };
  expect(told).toEqual([
    { ...at, done: 1, total: 10 },
    { ...at, done: 10, total: 10 },
    { ...at, done: 30, total: 30 },
  ]);
});
