import { expect, test } from 'vitest';
import { PerimeterError } from '../../../installer/base/errors.ts';
import { joinSeedFailures } from '../../../installer/seed/seed-failures.ts';

const failure = (node: string, code: 'E_AGENT' | 'E_DISK_FULL', retryable = true) => ({
  node,
  error: new PerimeterError(code, { message: `${node}: it broke`, hint: 'mend it', retryable }),
});

test('one failure stays what it is', () => {
  const one = failure('n1', 'E_DISK_FULL');
  expect(joinSeedFailures([one])).toBe(one.error);
});

test('several become one error that names every node and why', () => {
  const joined = joinSeedFailures([failure('n1', 'E_AGENT'), failure('n3', 'E_AGENT')]);
  expect(joined).toMatchObject({
    code: 'E_AGENT',
    message: 'Seeding failed on n1, n3; the other nodes have everything.',
    findings: ['n1: n1: it broke', 'n3: n3: it broke'],
    retryable: true,
  });
  const mixed = joinSeedFailures([failure('n1', 'E_AGENT'), failure('n3', 'E_DISK_FULL', false)]);
  expect(mixed).toMatchObject({ code: 'E_SEED', retryable: false });
});

test('a defect is never dressed up as an operating error', () => {
  const defect = new TypeError('undefined is not a function');
  expect(joinSeedFailures([failure('n1', 'E_AGENT'), { node: 'n2', error: defect }])).toBe(defect);
});
