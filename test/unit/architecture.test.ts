import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { errorCodes } from '../../installer/base/error-codes.ts';
import { libraryProblem } from './architecture/libraries.ts';
import { roomOf, roomProblem } from './architecture/rooms.ts';
import { importsOf, median, type SourceFile, sourceFiles } from './architecture/source-files.ts';

const sources = sourceFiles('installer');
/** Below these, the walk itself is broken: a gate that saw nothing must not pass. */
const leastFiles = 100;
const leastImports = 300;

describe('rooms of installer/', () => {
  const imports = sources.flatMap((file) => importsOf(file));

  test('a room imports only from rooms above it, and only what lies at their top', () => {
    expect(sources.length).toBeGreaterThan(leastFiles);
    expect(imports.length).toBeGreaterThan(leastImports);
    expect(imports.map(roomProblem).filter((problem) => problem !== undefined)).toEqual([]);
  });

  test('every file lies in a room that the list knows', () => {
    expect(sources.filter(({ path }) => roomOf(path) === undefined).map(({ path }) => path)).toEqual([]);
  });

  test('each library is used only where it has its place', () => {
    expect(imports.map(libraryProblem).filter((problem) => problem !== undefined)).toEqual([]);
  });

  test('nothing in installer/ imports from test/', () => {
    expect(imports.filter(({ target }) => target.startsWith('test/'))).toEqual([]);
  });
});

describe('phases of an installation', () => {
  const phases = sources
    .filter(({ path }) => path === 'installer/actions/install.ts')
    .flatMap(importsOf)
    .flatMap(({ target }) => /^installer\/phases\/(.+)\.ts$/.exec(target)?.[1] ?? []);

  test('each is cut off at every change, by the suite for phases on hosts or by that for phases on a site', () => {
    expect(phases.length).toBeGreaterThan(10);
    const tests = new Map(sourceFiles('test/unit/phases').map(({ path, text }) => [path, text]));
    const without = phases.filter(
      (name) => !/^describe(Host|Site)Phase\(/m.test(tests.get(`test/unit/phases/${name}.test.ts`) ?? ''),
    );
    expect(without).toEqual([]);
  });
});

describe('shape of the files', () => {
  const lines = (file: SourceFile): number => file.text.trimEnd().split('\n').length;

  test('no file is over 300 lines, and half of them are under 70', () => {
    expect(sources.length).toBeGreaterThan(leastFiles);
    const tooLong = sources.filter((file) => lines(file) > 300).map((file) => `${file.path}: ${lines(file)}`);
    expect(tooLong).toEqual([]);
    expect(median(sources.map(lines))).toBeLessThan(70);
  });

  test('file names are kebab-case', () => {
    const odd = sources.filter(
      ({ path }) => !/^(?:[a-z0-9]+(?:-[a-z0-9]+)*(?:\/|\.ts$|\.mjs$))+$/.test(path),
    );
    expect(odd.map(({ path }) => path)).toEqual([]);
  });
});

describe('error codes', () => {
  const table = Object.keys(errorCodes);
  const tableFile = 'installer/base/error-codes.ts';
  const used = new Set(
    sources
      .filter(({ path }) => path !== tableFile)
      .flatMap(({ text }) => [...text.matchAll(/'(E_[A-Z0-9_]+)'/g)].map((match) => match[1] ?? '')),
  );

  test('the table and the source know the same codes', () => {
    expect(table.length).toBeGreaterThan(20);
    expect(
      [...used].filter((code) => !table.includes(code)),
      'used but not in the table',
    ).toEqual([]);
    expect(
      table.filter((code) => !used.has(code)),
      'in the table but never used',
    ).toEqual([]);
  });

  test('each leads to one of the exit codes that people were told', () => {
    const told = new Set([1, 2, 3, 130]);
    for (const [code, { exitCode }] of Object.entries(errorCodes)) expect(told, code).toContain(exitCode);
  });

  test('each is raised by at least one test', () => {
    const tests = sourceFiles('test');
    expect(tests.length).toBeGreaterThan(30);
    const texts = tests
      .filter(({ path }) => path !== 'test/unit/architecture.test.ts')
      .map(({ text }) => text);
    expect(table.filter((code) => !texts.some((text) => text.includes(code)))).toEqual([]);
  });

  test('the README tells every exit code', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    for (const code of ['0', '1', '2', '3', '4', '70', '130']) {
      expect(readme, `exit code ${code}`).toMatch(new RegExp(`^\\|\\s*\`?${code}\`?\\s*\\|`, 'm'));
    }
  });
});
