import { describe, expect, it } from 'vitest';
import { licenceProblem } from '../../../../installer/bundle/sbom/licence-expression.ts';

describe('the licence of a recipe', () => {
  it.each([
    'MIT',
    'Apache-2.0 AND LGPL-2.1-only',
    '(MIT OR Apache-2.0) AND BSD-3-Clause',
    'GPL-2.0-only WITH Linux-syscall-note',
    'LicenseRef-Debian',
  ])('%s is one that SPDX knows', (expression) => {
    expect(licenceProblem(expression)).toBeUndefined();
  });

  it.each([
    ['unknown', 'Read the licence and write its id'],
    ['NOASSERTION', 'Read the licence and write its id'],
    ['apache-2.0', 'did you mean Apache-2.0?'],
    ['MIT Apache-2.0', 'only AND, OR or WITH'],
    ['MIT AND', 'not a whole'],
    ['(MIT', 'not a whole'],
    ['MIT)', 'only AND, OR or WITH'],
    ['MIT WITH nothing', 'only AND, OR or WITH'],
    ['', 'not a whole'],
  ])('%j is refused with a remedy', (expression, words) => {
    expect(licenceProblem(expression)).toContain(words);
  });
});
