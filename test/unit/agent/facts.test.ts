import { expect, test } from 'vitest';
import { known, readFacts } from '../../../installer/agent/facts.ts';

test('what firmware says when it knows nothing counts as absent', () => {
  const absent = [
    '',
    ' ',
    '-',
    'Unknown',
    'N/A',
    'To Be Filled By O.E.M.',
    'Default string',
    null,
    undefined,
    -1,
    0,
  ];
  for (const word of [...absent, Number.NaN]) expect(known(word), String(word)).toBeUndefined();
  expect(known('  PowerEdge R660 ')).toBe('PowerEdge R660');
  expect(known(8)).toBe(8);
});

test('this machine has processors, memory and a loopback interface', async () => {
  const facts = await readFacts();
  expect(facts).toMatchObject({
    cpu: { threads: expect.any(Number) },
    memory: { totalBytes: expect.any(Number) },
    interfaces: expect.arrayContaining([expect.objectContaining({ name: 'lo' })]),
  });
  expect(JSON.parse(JSON.stringify(facts))).toMatchObject({ memory: facts['memory'] });
});
