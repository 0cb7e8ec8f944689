import { expect, it } from 'vitest';
import { shellWords } from '../../../installer/hosts/shell-words.ts';

it.each([
  [['ls', '-l', '/etc/hosts'], 'ls -l /etc/hosts'],
  [['echo', ''], "echo ''"],
  [['echo', "it's"], "echo 'it'\\''s'"],
  [['echo', '$(id)', '`id`', '~', '*'], "echo '$(id)' '`id`' '~' '*'"],
  [['a=b', 'c'], "'a=b' c"],
  [['echo', 'two\nlines'], "echo 'two\nlines'"],
])('%j becomes one line that no shell interprets', (words, line) => expect(shellWords(words)).toBe(line));

it('a NUL byte cannot be passed to any program', () => {
  expect(() => shellWords(['echo', 'a\0b'])).toThrow('NUL');
});
