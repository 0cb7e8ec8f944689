import { expect, test } from 'vitest';
import type { AgentEvent } from '../../../installer/agent/protocol.ts';
import { SeedProgress } from '../../../installer/seed/seed-progress.ts';

const progress = (verifiedBytes: number, parent: string): AgentEvent => ({
  event: 'progress',
  verifiedBytes,
  receivedBytes: verifiedBytes,
  sentBytes: 0,
  groupsDone: 0,
  parent,
});

test('each node is told with whom it receives from, and all together as a sum', () => {
  const told: string[] = [];
  const teller = (scope: string) => ({
    note: (text: string) => void told.push(`${scope}note: ${text}`),
    progress: (done: number, total: number, unit: string, text?: string) =>
      void told.push(`${scope}${done}/${total} ${unit} ${text ?? ''}`.trim()),
  });
  const seeding = new SeedProgress(100, 2, { ...teller(''), part: (name) => teller(`${name}: `) });
  seeding.hear('n1', progress(40, 'source'));
  seeding.hear('n2', progress(10, 'n1'));
  seeding.hear('n2', { event: 'parent', from: 'n1', to: 'source', reason: 'it broke' });
  seeding.hear('n1', progress(100, 'source'));
  expect(told).toEqual([
    'n1: 40/100 bytes from source',
    '40/200 bytes',
    'n2: 10/100 bytes from n1',
    '50/200 bytes',
    'note: n2 now receives from source instead of n1',
    'n1: 100/100 bytes',
    '110/200 bytes',
  ]);
});
