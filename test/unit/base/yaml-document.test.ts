import { describe, expect, test } from 'vitest';
import { YamlDocument } from '../../../installer/base/yaml-document.ts';

const problemsOf = (text: string): string[] =>
  YamlDocument.parse(text).problems.map(({ line, message }) => `${line}: ${message}`);

describe('YamlDocument', () => {
  test('gives the value and the line of everything in it', () => {
    const document = YamlDocument.parse('a: 1\nb:\n  - x: yes\n    y: [3, {z: null}]\n');
    expect(document.problems).toEqual([]);
    expect(document.value).toEqual({ a: 1, b: [{ x: 'yes', y: [3, { z: null }] }] });
    expect(document.lineOf(['b'])).toBe(2);
    expect(document.lineOf(['b', 0, 'y', 1, 'z'])).toBe(4);
  });

  test('names the nearest line for what is not there', () => {
    const document = YamlDocument.parse('# top\na: 1\nb:\n  c: 2\n');
    expect(document.lineOf(['b', 'missing', 'deeper'])).toBe(3);
    expect(document.lineOf(['missing'])).toBe(2);
  });

  test('keeps what was written where YAML makes a number of it', () => {
    const document = YamlDocument.parse('version: 1.10\nquoted: "1.10"\n');
    expect(document.value).toEqual({ version: 1.1, quoted: '1.10' });
    expect(document.plainTextOf(['version'])).toBe('1.10');
    expect(document.plainTextOf(['quoted'])).toBeUndefined();
  });

  test('finds every key that is given twice, not only the first', () => {
    expect(problemsOf('a: 1\nb: 2\na: 3\nc:\n  d: 1\n  d: 2\nb: 4\n')).toEqual([
      '3: is given twice; the first is in line 1',
      '6: is given twice; the first is in line 5',
      '7: is given twice; the first is in line 2',
    ]);
  });

  test('names every line that is indented with a tab', () => {
    expect(problemsOf('a:\n\tb: 1\nc: 2\nd:\n\te: 1\n')).toEqual([
      '2: is indented with a tab; YAML wants spaces',
      '5: is indented with a tab; YAML wants spaces',
    ]);
  });

  test('a tab inside a block of text is text', () => {
    const document = YamlDocument.parse('text: |\n  one\n  \ttwo\n');
    expect(document.problems).toEqual([]);
    expect(document.value).toEqual({ text: 'one\n\ttwo\n' });
  });

  test('a byte order mark and Windows line ends change nothing', () => {
    const document = YamlDocument.parse('\uFEFFa: 1\r\nb:\r\n  c: text\r\n');
    expect(document.value).toEqual({ a: 1, b: { c: 'text' } });
    expect(document.lineOf(['b', 'c'])).toBe(3);
  });

  test('refuses what it does not read: aliases, tags, further documents', () => {
    expect(problemsOf('a: &x 1\nb: *x\nc: !secret y\n---\nd: 1\n')).toEqual([
      '2: uses an alias (`*name`); write the value out',
      '3: has a tag (`!name`); tags are not read here',
      '5: holds more than one document (`---`); only one is read',
    ]);
  });

  test('a bomb of aliases is refused without being unfolded', () => {
    const levels = Array.from(
      { length: 40 },
      (_, level) => `k${level + 1}: &k${level + 1} [${Array(10).fill(`*k${level}`).join(', ')}]\n`,
    );
    const problems = problemsOf(`k0: &k0 x\n${levels.join('')}`);
    expect(problems).toHaveLength(400);
    expect(new Set(problems.map((text) => text.replace(/^\d+/, 'N')))).toEqual(
      new Set(['N: uses an alias (`*name`); write the value out']),
    );
  });

  test('what is nested without end is refused, and does not break the program', () => {
    expect(problemsOf('['.repeat(100_000))).toEqual([
      expect.stringMatching(/^1: cannot be read as YAML: .*nest/),
    ]);
    const stairs = Array.from({ length: 2_000 }, (_, level) => `${' '.repeat(level)}a:`).join('\n');
    expect(problemsOf(stairs)).toEqual([expect.stringMatching(/^\d+: cannot be read as YAML: .*nest/)]);
  });

  test('a long file is read in time, each value with its line', () => {
    const document = YamlDocument.parse(
      Array.from({ length: 50_000 }, (_, index) => `k${index}: 1`).join('\n'),
    );
    expect([document.lineOf(['k0']), document.lineOf(['k31415']), document.lineOf(['k49999'])]).toEqual([
      1, 31_416, 50_000,
    ]);
  }, 5_000);

  test('names every line with letters in another encoding', () => {
    expect(problemsOf('a: \uFFFD\nb: 1\n# \uFFFD\n')).toEqual([
      '1: has letters that are no UTF-8; save the file as UTF-8',
      '3: has letters that are no UTF-8; save the file as UTF-8',
    ]);
  });

  test('says where the text stops being YAML', () => {
    expect(problemsOf('a: 1\nb: [1, 2\nc: 3\n')[0]).toMatch(/^[34]: cannot be read as YAML: /);
  });

  test('a key named like a part of JavaScript objects is a key like any other', () => {
    const document = YamlDocument.parse('__proto__: 1\nconstructor: 2\n');
    expect(Object.entries(document.value as object)).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
    ]);
  });

  test.each(['', '# only a comment\n', '---\n'])('%j holds nothing', (text) => {
    expect(YamlDocument.parse(text).value ?? null).toBeNull();
  });
});
