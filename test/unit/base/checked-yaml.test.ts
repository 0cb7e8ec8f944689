import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { checkYaml, describeProblem, describeProblems } from '../../../installer/base/checked-yaml.ts';

const Schema = z.strictObject({
  name: z.string().meta({ example: 'name: try' }),
  version: z.string(),
  count: z.int().min(1).max(9),
  nodes: z
    .array(z.strictObject({ address: z.string(), roles: z.array(z.enum(['control-plane', 'worker'])) }))
    .min(1),
  settings: z.record(z.string(), z.string()).default({}),
  choice: z.union([z.strictObject({ file: z.string() }), z.strictObject({ text: z.string() })]).optional(),
});

const good = 'name: a\nversion: 1.10\ncount: 3\nnodes:\n  - {address: x, roles: [worker]}\n';
const findings = (text: string): string[] => checkYaml('f.yaml', text, Schema).problems.map(describeProblem);

describe('checkYaml', () => {
  test('keeps text as written where the schema asks for text', () => {
    const { value, problems } = checkYaml('f.yaml', `${good}settings:\n  net.x: 010\n`, Schema);
    expect(problems).toEqual([]);
    expect(value).toMatchObject({ version: '1.10', settings: { 'net.x': '010' } });
  });

  test('does not take true for text', () => {
    expect(findings(good.replace('1.10', 'true'))).toEqual(['f.yaml:2: version: must be text, but is true']);
  });

  test('names all problems at once, in the order of the file', () => {
    const text =
      'nmae: a\nversion: 1\ncount: "3"\ncount: 4\nnodes:\n  - adress: x\n    roles: [wroker]\n  - address: 5\n    roles: worker\n';
    expect(findings(text)).toEqual([
      'f.yaml:1: name: is missing; for example: name: try',
      'f.yaml:1: nmae: unknown key, did you mean "name"?',
      'f.yaml:3: count: must be a number, but is the text "3"',
      'f.yaml:4: count: is given twice; the first is in line 3',
      'f.yaml:6: nodes[0].address: is missing',
      'f.yaml:6: nodes[0].adress: unknown key, did you mean "address"?',
      'f.yaml:7: nodes[0].roles[0]: is the text "wroker"; allowed: control-plane, worker, did you mean "worker"?',
      'f.yaml:9: nodes[1].roles: must be a list (`- item`), but is the text "worker"',
    ]);
  });

  test('lists the known keys when none is near', () => {
    expect(findings(`${good}colour: red\n`)).toEqual([
      'f.yaml:6: colour: unknown key; known here: name, version, count, nodes, settings, choice',
    ]);
  });

  test('words for limits, empty values and wrong shapes', () => {
    expect(findings(good.replace('count: 3', 'count: 12'))).toEqual(['f.yaml:3: count: must be at most 9']);
    expect(findings(good.replace('count: 3', 'count:'))).toEqual([
      'f.yaml:3: count: must be a number, but is empty',
    ]);
    expect(findings('- a\n')).toEqual(['f.yaml:1: must be a block of keys (`key: value`), but is a list']);
    expect(findings('name: a\nversion: x\ncount: 1\nnodes: []\n')).toEqual([
      'f.yaml:4: nodes: must have at least 1 entry',
    ]);
  });

  test('looks into the alternatives of a union', () => {
    expect(findings(`${good}choice: {fiel: x}\n`)).toContain(
      'f.yaml:6: choice.fiel: unknown key, did you mean "file"?',
    );
  });

  test('says what shapes a union takes', () => {
    expect(findings(`${good}choice: 3\n`)).toEqual([
      'f.yaml:6: choice: must be a block of keys (`key: value`), but is the number 3',
    ]);
  });

  test.each(['', '# nothing\n'])('an empty file (%j) is one problem', (text) => {
    expect(findings(text)).toEqual(['f.yaml: is empty']);
  });
});

describe('many problems of the same kind', () => {
  const aliases = (count: number): string =>
    `${good}settings:\n${Array.from({ length: count }, (_, index) => `  k${index}: [*a, *a]\n`).join('')}`;
  const described = (text: string): readonly string[] =>
    describeProblems(checkYaml('f.yaml', text, Schema).problems);

  test('are told ten times, then counted, with their lines', () => {
    const lines = described(aliases(9)).filter((line) => line.includes('uses an alias'));
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toBe(
      'f.yaml: uses an alias (`*name`); write the value out (and 8 more, in lines 12-15)',
    );
  });

  test('hide no other problem, and ten are all told', () => {
    expect(described(aliases(5)).filter((line) => line.includes('uses an alias'))).toHaveLength(10);
    expect(described(aliases(30)).filter((line) => !line.includes('uses an alias'))).not.toEqual([]);
  });

  test('are told where they have no line', () => {
    const problems = Array.from({ length: 12 }, () => ({ file: 'f', path: [], message: 'is odd' }));
    expect(describeProblems(problems).slice(10)).toEqual(['f: is odd (and 2 more)']);
  });
});
