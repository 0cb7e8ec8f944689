import type { z } from 'zod';
import { alteredNumbers, checkPart, type FileProblem } from '../base/checked-yaml.ts';
import type { YamlDocument, YamlPath } from '../base/yaml-document.ts';
import { moduleNamed } from './modules.ts';
import { playKeys, playSchema, type RawTask, taskKeys, taskSchema } from './schema.ts';
import { unknownPlayWord, unknownWord } from './unknown-word.ts';

type Words = Readonly<Record<string, unknown>>;

/** One file of plays or of tasks. Reads its parts one by one and collects what is wrong, each with its line, play and task. */
export class FileReader {
  readonly problems: FileProblem[] = [];
  /** Relative to the folder of the playbook. */
  readonly file: string;
  readonly #document: YamlDocument;
  readonly #holds: 'plays' | 'tasks';

  constructor(file: string, document: YamlDocument, holds: 'plays' | 'tasks') {
    this.file = file;
    this.#document = document;
    this.#holds = holds;
  }

  lineOf(path: YamlPath): number {
    return this.#document.lineOf(path);
  }

  /** Whatever stands there, not checked. */
  valueAt(path: YamlPath): unknown {
    return path.reduce<unknown>(
      (value, step) => (value as Words | null | undefined)?.[step],
      this.#document.value,
    );
  }

  /** Problems of the file as a whole: their paths begin at its top. */
  take(problems: readonly FileProblem[]): void {
    this.problems.push(...problems.map((problem) => ({ ...problem, ...this.#named(problem.path) })));
  }

  problem(path: YamlPath, message: string): void {
    this.problems.push({ file: this.file, line: this.lineOf(path), ...this.#named(path), message });
  }

  /** A play as far as it is no list of tasks; undefined when that is wrong. */
  play(place: YamlPath): z.output<typeof playSchema> | undefined {
    const unknown = this.#unknownKeys(place, playKeys, unknownPlayWord);
    return this.#checked(place, playSchema, unknown, ['tasks', 'handlers']);
  }

  /** An entry of a list of tasks as far as it can be judged further; undefined when it cannot. */
  task(place: YamlPath): RawTask | undefined {
    const unknown = this.#unknownKeys(place, taskKeys, unknownWord, (key) => moduleNamed(key) !== undefined);
    const task = this.#checked(place, taskSchema, unknown, []);
    const keys = Object.keys(this.valueAt(place) ?? {});
    const isTask = keys.some(
      (key) => key === 'meta' || key === 'import_tasks' || moduleNamed(key) !== undefined,
    );
    // The word that is not known may well be the module that is missed.
    if (task !== undefined && (isTask || unknown.length === 0)) return task;
    const imported = this.valueAt([...place, 'import_tasks']);
    // The problems of a file are told even when the entry that imports it has some of its own.
    return typeof imported === 'string' ? { import_tasks: imported } : undefined;
  }

  #unknownKeys(
    place: YamlPath,
    known: readonly string[],
    words: (key: string, known: readonly string[]) => string,
    isKnown: (key: string) => boolean = () => false,
  ): readonly string[] {
    const value = this.valueAt(place);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
    const unknown = Object.keys(value).filter((key) => !known.includes(key) && !isKnown(key));
    for (const key of unknown) this.problem([...place, key], words(key, known));
    return unknown;
  }

  #checked<Schema extends z.ZodType<object>>(
    place: YamlPath,
    schema: Schema,
    omit: readonly string[],
    others: readonly string[],
  ): z.output<Schema> | undefined {
    const { value, problems } = checkPart(this.file, this.#document, place, schema, omit);
    for (const { path, message } of problems) this.problem([...place, ...path], message);
    const own = Object.entries(value ?? {}).filter(([key]) => !others.includes(key));
    for (const [key, inner] of own) {
      const numbers = alteredNumbers(this.file, this.#document, inner, [...place, key]);
      for (const { path, message } of numbers) this.problem(path, message);
    }
    return value;
  }

  /** `task "Write the settings"`, and what of the path lies within. */
  #named(path: YamlPath): Pick<FileProblem, 'of' | 'path'> {
    const isInPlay = this.#holds === 'plays' && (path[1] === 'tasks' || path[1] === 'handlers');
    const depth = isInPlay && path.length > 2 ? 3 : 1;
    const place = path.slice(0, depth);
    if (place.length < depth) return { path };
    const kind =
      depth === 1 && this.#holds === 'plays' ? 'play' : path[1] === 'handlers' ? 'handler' : 'task';
    const name = this.valueAt([...place, 'name']);
    const rest = { path: path.slice(depth) };
    if (typeof name === 'string') return { of: `${kind} "${name}"`, ...rest };
    // A line that imports says for itself which one it is.
    if (rest.path[0] === 'import_tasks') return rest;
    return { of: `${kind} ${Number(place.at(-1)) + 1}, without a name`, ...rest };
  }
}
