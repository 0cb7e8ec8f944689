import { z } from 'zod';
import type { JsonObject } from '../base/json.ts';
import type { PlaybookModule } from './module.ts';
import { namesOf, playbookModules } from './modules.ts';
import { playSchema, taskSchema } from './schema.ts';

type Schema = Record<string, unknown>;

/** What stands for any value before it is filled in. */
const template = { type: 'string', pattern: '\\{\\{' };
const taskReference = { $ref: '#/$defs/task' };

/**
 * JSON Schema (2020-12) of a playbook, or of a file of tasks that one imports, for editors. Generated from what the interpreter itself
 * checks by; rules that need more than one key to see are left to it.
 */
export function playbookJsonSchema(): JsonObject {
  const task = plain(taskSchema);
  const play = plain(playSchema);
  const modules = Object.values(playbookModules).flatMap((module) =>
    namesOf(module).map((name) => [name, argumentsSchema(module)] as const),
  );
  const tasks = { type: 'array', items: taskReference };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'perimeter playbook',
    anyOf: [{ type: 'array', minItems: 1, items: { $ref: '#/$defs/play' } }, tasks],
    $defs: {
      play: { ...play, properties: { ...(play['properties'] as Schema), tasks, handlers: tasks } },
      task: { ...task, properties: { ...(task['properties'] as Schema), ...Object.fromEntries(modules) } },
    },
  } as JsonObject;
}

/** The arguments of one module; whatever is no text may also be a text that is filled in later. */
export function argumentsSchema(module: PlaybookModule): Schema {
  const schema = plain(module.args);
  const properties = Object.entries(schema['properties'] as Readonly<Record<string, Schema>>).map(
    ([name, property]) => [
      name,
      property['type'] === 'string' && property['enum'] === undefined ? property : orTemplate(property),
    ],
  );
  return { ...schema, description: module.summary, properties: Object.fromEntries(properties) };
}

/** What an argument means is told once for both. */
function orTemplate({ description, default: fallback, ...property }: Schema): Schema {
  return {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
    anyOf: [property, template],
  };
}

function plain(schema: z.ZodType): Schema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}
