import { PerimeterError } from '../../base/errors.ts';
import { didYouMean } from '../../base/suggest.ts';
import { argumentsSchema } from '../../playbook/json-schema.ts';
import { moduleNamed, namesOf, playbookModules } from '../../playbook/modules.ts';
import { table } from '../table.ts';

type Schema = Readonly<Record<string, unknown>>;

/** What a module does and takes, for someone who writes a playbook. Raises E_USAGE for one that is not there. */
export function explainModule(name: string): string {
  const module = moduleNamed(name);
  if (module === undefined) {
    const known = Object.keys(playbookModules);
    throw new PerimeterError('E_USAGE', {
      message: `There is no module ${name}${didYouMean(name, known) || '.'}`,
      hint: `The modules: ${known.join(', ')}`,
    });
  }
  const schema = argumentsSchema(module);
  const required = (schema['required'] ?? []) as readonly string[];
  const rows = Object.entries(schema['properties'] as Readonly<Record<string, Schema>>).map(
    ([argument, property]) => [
      `  ${argument}`,
      valueWords(property),
      required.includes(argument) ? 'must be given' : defaultWords(property),
      (property['description'] as string | undefined) ?? '',
    ],
  );
  const names = namesOf(module).slice(1);
  return [
    `${module.name}: ${module.summary}`,
    ...(names.length === 0 ? [] : [`In Ansible: ${names.join(', ')}.`]),
    '',
    table(rows),
    '',
    'For example:',
    '',
    '  - name: What it is for, in words',
    `    ${module.example}`,
    '',
  ].join('\n');
}

function valueWords(schema: Schema): string {
  const alternatives = schema['anyOf'] as readonly Schema[] | undefined;
  // The last alternative of a loosened argument is the text that is filled in: that goes for all of them.
  if (alternatives !== undefined)
    return [...new Set(alternatives.filter(({ pattern }) => pattern !== '\\{\\{').map(valueWords))].join(
      ' or ',
    );
  const values = (schema['enum'] ?? (schema['const'] === undefined ? undefined : [schema['const']])) as
    | readonly unknown[]
    | undefined;
  if (values !== undefined) return values.map(String).join(' | ');
  const words: Readonly<Record<string, string>> = {
    string: 'text',
    boolean: 'true | false',
    integer: 'whole number',
    number: 'number',
    array: 'list',
    object: 'block of keys',
  };
  return words[String(schema['type'])] ?? 'text or data';
}

function defaultWords(schema: Schema): string {
  return 'default' in schema ? `default ${JSON.stringify(schema['default'])}` : '';
}
