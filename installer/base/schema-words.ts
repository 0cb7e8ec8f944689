import type { z } from 'zod';
import { didYouMean } from './suggest.ts';
import type { YamlPath } from './yaml-document.ts';

interface Finding {
  readonly path: YamlPath;
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** An issue of zod in the words of someone who edits the file. Several unknown keys become several findings. */
export function issueMessages(issue: Issue, schema: z.ZodType): Finding[] {
  const path = issue.path as YamlPath;
  if (issue.code === 'unrecognized_keys') {
    const known = schemasAt(schema, path).flatMap(keysOf);
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `unknown key${didYouMean(key, known) || `; known here: ${known.join(', ')}`}`,
    }));
  }
  if (issue.code === 'invalid_union') {
    const meant = meantAlternative(issue);
    if (meant !== undefined) {
      const placed = meant.map((inner) => ({ ...inner, path: [...path, ...inner.path] }));
      return placed.flatMap((inner) => issueMessages(inner, schema));
    }
  }
  return [{ path, message: wordsOf(issue, schema, path) }];
}

/** The alternative that fits best, if one has at least the right shape: its problems are the ones worth telling. */
function meantAlternative(issue: z.core.$ZodIssueInvalidUnion): readonly Issue[] | undefined {
  const ofShape = issue.errors.filter((alternative) => !isWrongShape(alternative));
  return ofShape.toSorted((a, b) => a.length - b.length)[0];
}

function isWrongShape(issues: readonly Issue[]): boolean {
  return issues.some(
    ({ code, path }) => path.length === 0 && (code === 'invalid_type' || code === 'invalid_value'),
  );
}

function wordsOf(issue: Issue, schema: z.ZodType, path: YamlPath): string {
  const example = exampleAt(schema, path);
  const suffix = example === undefined ? '' : `; for example: ${example}`;
  if (issue.code === 'invalid_type') {
    if (issue.input === undefined) return `is missing${suffix}`;
    const { expected, input } = issue;
    const written = expected === 'boolean' && typeof input === 'string' ? truthWords[input] : undefined;
    if (written !== undefined)
      return `must be true or false, but is ${describeValue(issue.input)}; write ${written}`;
    return `must be ${typeWords[issue.expected] ?? issue.expected}, but is ${describeValue(issue.input)}${suffix}`;
  }
  if (issue.code === 'invalid_value') {
    if (issue.input === undefined) return `is missing; allowed: ${issue.values.join(', ')}`;
    // Whoever wrote the schema has better words than a list of values.
    if (!issue.message.startsWith('Invalid')) return issue.message;
    const allowed = issue.values.map(String);
    const guess = typeof issue.input === 'string' ? didYouMean(issue.input, allowed) : '';
    return `is ${describeValue(issue.input)}; allowed: ${allowed.join(', ')}${guess}`;
  }
  if (issue.code === 'invalid_union') {
    const wanted = issue.errors.flat().map((inner) => (inner.code === 'invalid_type' ? inner.expected : ''));
    const words = [...new Set(wanted)].map((type) => typeWords[type] ?? type).filter((word) => word !== '');
    if (issue.input === undefined) return `is missing${suffix}`;
    return `must be ${words.join(' or ') || 'in one of the allowed forms'}, but is ${describeValue(issue.input)}${suffix}`;
  }
  if (issue.code === 'too_small' || issue.code === 'too_big') return limitWords(issue) + suffix;
  if (issue.code === 'invalid_format' && issue.message.startsWith('Invalid'))
    return `is not in the right form${suffix}`;
  return issue.message;
}

function limitWords(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const [limit, bound] =
    issue.code === 'too_small' ? [issue.minimum, 'at least'] : [issue.maximum, 'at most'];
  if (issue.origin === 'string') return `must have ${bound} ${limit} characters`;
  if (issue.origin === 'array')
    return `must have ${bound} ${limit} ${Number(limit) === 1 ? 'entry' : 'entries'}`;
  return `must be ${bound} ${limit}`;
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list (`- item`)',
  object: 'a block of keys (`key: value`)',
  record: 'a block of keys (`key: value`)',
};

/** Other languages and other versions of YAML write it so; here it would be a text. */
const truthWords: Readonly<Record<string, string>> = {
  yes: 'true',
  Yes: 'true',
  on: 'true',
  no: 'false',
  No: 'false',
  off: 'false',
};

function describeValue(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a block of keys';
  if (typeof value === 'string') return value === '' ? 'empty text' : `the text "${value.slice(0, 60)}"`;
  if (typeof value === 'number') return `the number ${value}`;
  return JSON.stringify(value);
}

/** What a schema's author gave as `.meta({ example })` for the value at this path. */
function exampleAt(schema: z.ZodType, path: YamlPath): string | undefined {
  for (const found of schemasAt(schema, path)) {
    const example = found.meta()?.['example'];
    if (typeof example === 'string') return example;
  }
  return undefined;
}

/** Every schema that may describe the value at this path, wrappers included. */
function schemasAt(schema: z.ZodType, path: YamlPath): z.ZodType[] {
  let current = peel(schema);
  for (const step of path) current = current.flatMap((outer) => inside(outer, step)).flatMap(peel);
  return current;
}

/** A schema and all that it wraps (optional, default, refinements, alternatives). */
function peel(schema: z.ZodType): z.ZodType[] {
  const def = schema._zod.def as unknown as {
    innerType?: z.ZodType;
    in?: z.ZodType;
    options?: readonly z.ZodType[];
  };
  const inner = [def.innerType, def.in, ...(def.options ?? [])].filter((found) => found !== undefined);
  return [schema, ...inner.flatMap(peel)];
}

function inside(schema: z.ZodType, step: string | number): z.ZodType[] {
  const def = schema._zod.def as unknown as {
    shape?: Readonly<Record<string, z.ZodType>>;
    element?: z.ZodType;
    valueType?: z.ZodType;
  };
  const found = [typeof step === 'string' ? def.shape?.[step] : undefined, def.element, def.valueType];
  return found.filter((inner) => inner !== undefined);
}

function keysOf(schema: z.ZodType): string[] {
  return Object.keys((schema._zod.def as unknown as { shape?: object }).shape ?? {});
}
