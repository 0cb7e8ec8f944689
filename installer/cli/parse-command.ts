import { parseArgs } from 'node:util';
import { PerimeterError } from '../base/errors.ts';
import { didYouMean } from '../base/suggest.ts';
import type { OutputMode, Verb, VerbOption } from './verb.ts';

export interface ParsedCommand {
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly output: OutputMode | undefined;
  readonly help: boolean;
}

export const globalOptions = {
  output: {
    type: 'string',
    short: 'o',
    value: 'FORM',
    choices: ['tree', 'lines', 'json'],
    summary:
      'How to show progress; default: tree on a terminal, lines otherwise. json: one JSON value per line on stdout.',
  },
  help: { type: 'boolean', short: 'h', summary: 'Show this help.' },
} as const satisfies Readonly<Record<string, VerbOption>>;

/** Reads the words after the verb. Raises E_USAGE with everything that is wrong, not only the first. */
export function parseCommand(verb: Verb, argv: readonly string[]): ParsedCommand {
  const known: Readonly<Record<string, VerbOption>> = { ...verb.options, ...globalOptions };
  const { tokens, positionals } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      Object.entries(known).map(([name, { type, short }]) => [
        name,
        { type, ...(short === undefined ? {} : { short }) },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const problems: string[] = [];
  const values = new Map<string, (string | true)[]>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = known[token.name];
    const problem = optionProblem(token, option, known);
    if (problem !== undefined) problems.push(problem);
    else values.set(token.name, [...(values.get(token.name) ?? []), token.value ?? true]);
  }
  for (const [name, given] of values) {
    if (given.length > 1 && known[name]?.multiple !== true)
      problems.push(`--${name} is given ${given.length} times`);
  }
  const help = values.has('help');
  // After an unknown option, a word may be its value: only complain about words when all options are known.
  const wordsAreSure = tokens.every((token) => token.kind !== 'option' || token.name in known);
  if (!help)
    problems.push(
      ...argumentProblems(verb, wordsAreSure ? positionals : positionals.slice(0, verb.args.length)),
    );
  if (problems.length > 0) throw usageError(verb, problems);
  return {
    args: positionals,
    options: Object.fromEntries(
      Object.entries(verb.options).map(([name, option]) => [name, optionValue(option, values.get(name))]),
    ),
    output: values.get('output')?.[0] as OutputMode | undefined,
    help,
  };
}

function optionValue(
  option: VerbOption,
  given: readonly (string | true)[] | undefined,
): string | boolean | readonly string[] | undefined {
  if (option.type === 'boolean') return given !== undefined;
  if (option.multiple === true) return (given ?? []) as readonly string[];
  return given?.[0] ?? option.default;
}

function optionProblem(
  token: {
    readonly name: string;
    readonly rawName: string;
    readonly value: string | undefined;
    readonly inlineValue: boolean | undefined;
  },
  option: VerbOption | undefined,
  known: Readonly<Record<string, VerbOption>>,
): string | undefined {
  if (option === undefined)
    return `unknown option ${token.rawName}${didYouMean(
      token.rawName,
      Object.keys(known).map((name) => `--${name}`),
    )}`;
  if (option.type === 'boolean') {
    return token.value === undefined ? undefined : `--${token.name} takes no value, but got "${token.value}"`;
  }
  const missing = token.value === undefined || (token.inlineValue !== true && token.value.startsWith('-'));
  if (missing) return `--${token.name} needs a value: --${token.name}=${option.value ?? 'VALUE'}`;
  if (option.choices !== undefined && !option.choices.includes(token.value ?? '')) {
    return `--${token.name} is "${token.value}"; allowed: ${option.choices.join(', ')}`;
  }
  return undefined;
}

function argumentProblems(verb: Verb, given: readonly string[]): string[] {
  const problems = verb.args.flatMap((argument, index) => {
    const word = given[index];
    if (word === undefined) {
      return argument.optional === true ? [] : [`${argument.name} is missing: ${argument.summary}`];
    }
    if (argument.choices === undefined || argument.choices.includes(word)) return [];
    return [
      `${argument.name} is "${word}"; allowed: ${argument.choices.join(', ')}${didYouMean(word, argument.choices)}`,
    ];
  });
  const allowed = verb.args.at(-1)?.multiple === true ? given.length : verb.args.length;
  const surplus = given.slice(allowed).map((word) => `"${word}" is one word too many`);
  return [...problems, ...surplus];
}

function usageError(verb: Verb, problems: readonly string[]): PerimeterError {
  const [first] = problems;
  return new PerimeterError('E_USAGE', {
    message:
      problems.length === 1
        ? `perimeter ${verb.name}: ${first}.`
        : `perimeter ${verb.name}: ${problems.length} things are wrong with the command line.`,
    findings: problems.length === 1 ? [] : problems,
    hint: `perimeter ${verb.name} --help`,
  });
}
