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
