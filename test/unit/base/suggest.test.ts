import { expect, test } from 'vitest';
import { didYouMean, suggest } from '../../../installer/base/suggest.ts';

test.each([
  ['adress', ['address', 'name'], 'address'],
  ['hots', ['hosts', 'name'], 'hosts'],
  ['Name', ['address', 'name'], 'name'],
  ['wroker', ['control-plane', 'worker'], 'worker'],
  ['x', ['name'], undefined],
  ['entirely-different', ['name', 'address'], undefined],
  ['name', [], undefined],
])('%s among %j means %s', (word, known, meant) => {
  expect(suggest(word, known)).toBe(meant);
});

test('says nothing when nothing is near', () => {
  expect(didYouMean('zzz', ['name'])).toBe('');
  expect(didYouMean('nmae', ['name'])).toBe(', did you mean "name"?');
});
