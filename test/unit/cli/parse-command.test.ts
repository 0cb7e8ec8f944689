import { describe, expect, test } from 'vitest';
import type { PerimeterError } from '../../../installer/base/errors.ts';
import { parseCommand } from '../../../installer/cli/parse-command.ts';
import { defineVerb } from '../../../installer/cli/verb.ts';

const verb = defineVerb({
  name: 'lab',
  summary: 'Boots hosts.',
  args: [
    { name: 'ACTION', summary: 'what to do', choices: ['up', 'down'] },
    { name: 'HOST', summary: 'which host', optional: true },
  ],
  options: {
    hosts: { type: 'string', short: 'n', default: '3', summary: 'How many.' },
    size: { type: 'string', choices: ['small', 'large'], summary: 'How large.' },
    only: { type: 'string', multiple: true, summary: 'Which.' },
    check: { type: 'boolean', summary: 'Only look.' },
  },
  examples: [],
  run: async () => {},
});

function problems(...argv: readonly string[]): string {
  try {
    parseCommand(verb, argv);
  } catch (error) {
    const { code, message, findings } = error as PerimeterError;
    expect(code).toBe('E_USAGE');
    return [message, ...findings].join('\n');
  }
  return 'none';
}

describe('parseCommand', () => {
  test('gives words, options and defaults', () => {
    const { args, options, output } = parseCommand(verb, [
      'up',
      'n1',
      '--only',
      'a',
      '--only=b',
      '-o',
      'json',
    ]);
    expect(args).toEqual(['up', 'n1']);
    expect(options).toEqual({ hosts: '3', size: undefined, only: ['a', 'b'], check: false });
    expect(output).toBe('json');
  });

  test('takes short forms and words after --', () => {
    const { args, options } = parseCommand(verb, ['up', '-n', '5', '--check', '--', '--odd']);
    expect(args).toEqual(['up', '--odd']);
    expect(options).toMatchObject({ hosts: '5', check: true });
  });

  test('help asks for no words', () => {
    expect(parseCommand(verb, ['--help']).help).toBe(true);
  });

  test.each([
    [['up', '--host', '3'], 'unknown option --host, did you mean "--hosts"?'],
    [['up', '-x'], 'unknown option -x'],
    [['upp'], 'ACTION is "upp"; allowed: up, down, did you mean "up"?'],
    [[], 'ACTION is missing: what to do'],
    [['up', 'n1', 'n2'], '"n2" is one word too many'],
    [['up', '--hosts'], '--hosts needs a value: --hosts=VALUE'],
    [['up', '--hosts', '--check'], '--hosts needs a value'],
    [['up', '--check=yes'], '--check takes no value, but got "yes"'],
    [['up', '--size', 'tiny'], '--size is "tiny"; allowed: small, large'],
    [['up', '--hosts', '1', '--hosts', '2'], '--hosts is given 2 times'],
    [['up', '--output', 'xml'], '--output is "xml"; allowed: tree, lines, json'],
  ])('%j', (argv, problem) => {
    expect(problems(...argv)).toContain(problem);
  });

  test('names everything that is wrong at once', () => {
    expect(problems('upp', '--size=tiny', '--check=1').split('\n')).toHaveLength(4);
  });
});
