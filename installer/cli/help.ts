import { globalOptions } from './parse-command.ts';
import type { Verb, VerbGroup, VerbOption } from './verb.ts';

/** The help of the whole program. */
export function overviewHelp(verbs: readonly (Verb | VerbGroup)[]): string {
  return [
    'perimeter turns bare Linux servers inside a network with no way out into a complete, tested GitOps site.',
    '',
    'Usage: perimeter VERB [ARGUMENTS] [OPTIONS]',
    '',
    'Verbs:',
    ...columns(verbs.map((verb) => [verb.name, verb.summary])),
    '',
    'Options of every verb:',
    ...columns(Object.entries(globalOptions).map(optionRow)),
    '',
    'Exit codes: 0 done or nothing to do; 1 a step failed, running again is safe; 2 wrong usage, site or bundle, nothing was',
    'contacted; 3 a check refused, nothing was changed; 4 changes are pending; 70 a defect of the program; 130 interrupted.',
    '',
    'perimeter VERB --help tells more about a verb.',
    '',
  ].join('\n');
}

/** The help of one verb. */
export function verbHelp(verb: Verb): string {
  const words = verb.args.map((argument) => {
    const word = argument.choices === undefined ? argument.name : argument.choices.join('|');
    const all = argument.multiple === true ? `${word}...` : word;
    return argument.optional === true ? `[${all}]` : all;
  });
  const options = Object.entries({ ...verb.options, ...globalOptions });
  return [
    verb.summary,
    '',
    `Usage: ${['perimeter', verb.name, ...words, '[OPTIONS]'].join(' ')}`,
    ...(verb.description === undefined ? [] : ['', verb.description]),
    ...section('Arguments:', columns(verb.args.map((argument) => [argument.name, argument.summary]))),
    ...section('Options:', columns(options.map(optionRow))),
    ...section('Examples:', columns(verb.examples.map(({ command, does }) => [command, does]))),
    '',
  ].join('\n');
}

/** The help of a group: its verbs, each of which has more help of its own. */
export function groupHelp(group: VerbGroup, verbs: readonly Verb[]): string {
  return [
    group.summary,
    '',
    `Usage: perimeter ${group.name} VERB [ARGUMENTS] [OPTIONS]`,
    ...(group.description === undefined ? [] : ['', group.description]),
    ...section(
      'Verbs:',
      columns(verbs.map((verb) => [verb.name.slice(group.name.length + 1), verb.summary])),
    ),
    ...section('Options of every verb:', columns(Object.entries(globalOptions).map(optionRow))),
    ...section('Examples:', columns(group.examples.map(({ command, does }) => [command, does]))),
    '',
    `perimeter ${group.name} VERB --help tells more about a verb.`,
    '',
  ].join('\n');
}

function optionRow([name, option]: readonly [string, VerbOption]): readonly [string, string] {
  const short = option.short === undefined ? '' : `-${option.short}, `;
  const value = option.type === 'boolean' ? '' : ` ${option.choices?.join('|') ?? option.value ?? 'VALUE'}`;
  const extra = option.default === undefined ? '' : ` Default: ${option.default}.`;
  return [`${short}--${name}${value}`, `${option.summary}${extra}`];
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

/** A title and what stands under it; nothing at all when nothing does. */
function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}
