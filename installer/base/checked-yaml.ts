import type { z } from 'zod';
import { issueMessages } from './schema-words.ts';
import { YamlDocument, type YamlPath } from './yaml-document.ts';

/** One thing wrong with a file that a person edits. */
export interface FileProblem {
  /** As the person knows it, for example relative to the site folder. */
  readonly file: string;
  /** Counted from 1; absent when the problem has no place. */
  readonly line?: number;
  readonly path: YamlPath;
  readonly message: string;
}

export interface CheckedYaml<T> {
  readonly document: YamlDocument;
  /** Undefined when there are problems. */
  readonly value: T | undefined;
  readonly problems: readonly FileProblem[];
}

/**
 * Reads a YAML text and holds it against a schema; every problem is reported, none is thrown. Where the schema asks for text and
 * the file has an unquoted number, the text is taken as written: a version 1.10 never becomes 1.1.
 */
export function checkYaml<S extends z.ZodType>(
  file: string,
  text: string,
  schema: S,
): CheckedYaml<z.output<S>> {
  const document = YamlDocument.parse(text);
  const textProblems = document.problems.map((problem) => ({ file, ...problem }));
  if (document.value === undefined || document.value === null) {
    const empty = { file, path: [], message: 'is empty' };
    return { document, value: undefined, problems: textProblems.length > 0 ? textProblems : [empty] };
  }
  const result = parseKeepingText(document, schema);
  if (result.success) {
    return { document, value: textProblems.length === 0 ? result.data : undefined, problems: textProblems };
  }
  const found = result.error.issues.flatMap((issue) => issueMessages(issue, schema));
  const problems = found.map(({ path, message }) => ({ file, line: document.lineOf(path), path, message }));
  return { document, value: undefined, problems: sortProblems([...textProblems, ...problems]) };
}

function parseKeepingText<S extends z.ZodType>(
  document: YamlDocument,
  schema: S,
): z.ZodSafeParseResult<z.output<S>> {
  const first = schema.safeParse(document.value, { reportInput: true });
  if (first.success) return first;
  let value = document.value;
  for (const issue of first.error.issues) {
    const wantsText =
      issue.code === 'invalid_type' && issue.expected === 'string' && typeof issue.input === 'number';
    const path = issue.path as YamlPath;
    const written = wantsText ? document.plainTextOf(path) : undefined;
    if (written !== undefined) value = replaceAt(value, path, written);
  }
  return value === document.value ? first : schema.safeParse(value, { reportInput: true });
}

/**
 * Numbers that do not come out as they were written (1.10, 010, 1.0), in parts of a file in which anything may stand: no schema
 * can tell there whether a text was meant.
 */
export function alteredNumbers(
  file: string,
  document: YamlDocument,
  value: unknown,
  path: YamlPath = [],
): FileProblem[] {
  if (Array.isArray(value))
    return value.flatMap((item, index) => alteredNumbers(file, document, item, [...path, index]));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    return entries.flatMap(([key, inner]) => alteredNumbers(file, document, inner, [...path, key]));
  }
  const written = typeof value === 'number' ? document.plainTextOf(path) : undefined;
  if (written === undefined || written === String(value)) return [];
  const number = String(value);
  const message = `${written} becomes the number ${number}; write '${written}' in quotes for the text, or ${number}`;
  return [{ file, line: document.lineOf(path), path, message }];
}

/** The same data with one value replaced; nothing that was handed in is changed. */
function replaceAt(value: unknown, path: YamlPath, replacement: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return replacement;
  if (Array.isArray(value))
    return value.map((item, index) => (index === step ? replaceAt(item, rest, replacement) : item));
  const entries = Object.entries(value as Record<string, unknown>);
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, key === step ? replaceAt(inner, rest, replacement) : inner]),
  );
}

/** Problems in the order of the files and lines. */
export function sortProblems(problems: readonly FileProblem[]): FileProblem[] {
  const files = [...new Set(problems.map((problem) => problem.file))];
  return problems.toSorted(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || (a.line ?? 0) - (b.line ?? 0),
  );
}

/** `inventory.yaml:12: nodes[0].address: must be ...`. */
export function describeProblem(problem: FileProblem): string {
  const place = problem.line === undefined ? problem.file : `${problem.file}:${problem.line}`;
  const path = formatPath(problem.path);
  return path === '' ? `${place}: ${problem.message}` : `${place}: ${path}: ${problem.message}`;
}

function formatPath(path: YamlPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    const word = /^[\w-]+$/.test(step) ? step : `"${step}"`;
    return text === '' ? word : `${text}.${word}`;
  }, '');
}
