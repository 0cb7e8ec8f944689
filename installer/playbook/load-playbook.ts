import { dirname, relative, resolve, sep } from 'node:path';
import {
  alteredNumbers,
  checkYaml,
  describeProblem,
  type FileProblem,
  sortProblems,
} from '../base/checked-yaml.ts';
import { PerimeterError } from '../base/errors.ts';
import { readFileIfThere } from '../base/files.ts';
import { count } from '../base/units.ts';
import type { YamlPath } from '../base/yaml-document.ts';
import { listOf } from './fields.ts';
import type { Play, Playbook, PlayItem, Task } from './playbook.ts';
import { type Inherited, nothingInherited, TaskReader } from './read-tasks.ts';
import { playbookSchema, type RawPlay, type RawTask, tasksSchema } from './schema.ts';

const deepestImport = 8;

/** The file that is being read. */
interface Source {
  readonly path: string;
  readonly reader: TaskReader;
  readonly inHandlers: boolean;
  readonly inherited: Inherited;
  readonly depth: number;
}

/** Reads a playbook with all task files that it imports. Raises E_PLAYBOOK_INVALID with every problem of every file. */
export async function loadPlaybook(path: string): Promise<Playbook> {
  const loader = new Loader(dirname(resolve(path)));
  const plays = await loader.plays(resolve(path));
  loader.uniqueIds();
  const { problems } = loader;
  if (problems.length > 0) {
    const findings = sortProblems(problems).map(describeProblem);
    throw new PerimeterError('E_PLAYBOOK_INVALID', {
      message: `The playbook ${path} has ${count(findings.length, 'problem')}.`,
      hint: 'Correct the lines named above; nothing was changed on any host.',
      findings,
    });
  }
  const name = relative(dirname(path), path).replace(/\.ya?ml$/, '');
  return { name, directory: dirname(resolve(path)), plays };
}

class Loader {
  readonly problems: FileProblem[] = [];
  readonly #directory: string;
  readonly #tasks: Task[] = [];

  constructor(directory: string) {
    this.#directory = directory;
  }

  async plays(path: string): Promise<Play[]> {
    const file = relative(this.#directory, path);
    const text = await readFileIfThere(path);
    if (text === undefined) {
      this.problems.push({ file: path, path: [], message: 'there is no such file' });
      return [];
    }
    const checked = checkYaml(file, text, playbookSchema);
    this.problems.push(...checked.problems, ...alteredNumbers(file, checked.document, checked.value));
    const reader = new TaskReader(this.#directory, file, checked.document);
    const plays: Play[] = [];
    for (const [index, raw] of (checked.value ?? importsOnly(checked.document.value)).entries()) {
      const source = { path, reader, inHandlers: false, inherited: nothingInherited, depth: 0 };
      const tasks = await this.#items(raw.tasks, [index, 'tasks'], source);
      const handlers = await this.#items(raw.handlers ?? [], [index, 'handlers'], {
        ...source,
        inHandlers: true,
      });
      const play = {
        name: raw.name,
        hosts: listOf(raw.hosts),
        variables: raw.vars ?? {},
        tasks,
        handlers: handlers.filter((item) => item.kind === 'task'),
      };
      const own = [...tasks, ...handlers].filter((item) => item.kind === 'task');
      reader.unknownHandlers(own, play.handlers);
      reader.sameHandlers(play.handlers);
      plays.push(play);
    }
    this.problems.push(...reader.problems);
    return plays;
  }

  /** Two tasks of one name in one file get different ids, so that plans and journals can tell them apart. */
  uniqueIds(): void {
    const seen = new Map<string, number>();
    for (const task of this.#tasks) {
      const times = (seen.get(task.id) ?? 0) + 1;
      seen.set(task.id, times);
      if (times > 1) (task as { id: string }).id = `${task.id}-${times}`;
    }
  }

  async #items(raws: readonly unknown[], path: YamlPath, source: Source): Promise<PlayItem[]> {
    const items: PlayItem[] = [];
    for (const [index, raw] of (raws as readonly RawTask[]).entries()) {
      const place = [...path, index];
      if (raw.meta !== undefined) {
        items.push({ kind: 'flush-handlers' });
      } else if (raw.import_tasks !== undefined) {
        items.push(...(await this.#import(raw, raw.import_tasks, place, source)));
      } else {
        const task = source.reader.task(raw, place, source.inherited, source.inHandlers);
        if (task === undefined) continue;
        items.push(task);
        this.#tasks.push(task);
      }
    }
    return items;
  }

  async #import(raw: RawTask, name: string, place: YamlPath, source: Source): Promise<PlayItem[]> {
    const path = resolve(dirname(source.path), name);
    const refuse = (message: string): PlayItem[] => {
      source.reader.problem([...place, 'import_tasks'], message);
      return [];
    };
    if (source.depth >= deepestImport) return refuse('imports too deep; does a file import itself?');
    if (!path.startsWith(`${this.#directory}${sep}`))
      return refuse('leads out of the folder of the playbook');
    const text = await readFileIfThere(path);
    if (text === undefined) return refuse(`there is no file ${path}`);
    const file = relative(this.#directory, path);
    const checked = checkYaml(file, text, tasksSchema);
    const reader = new TaskReader(this.#directory, file, checked.document);
    const inherited = source.reader.inherit(raw, place, source.inherited);
    const raws = checked.value ?? importsIn(checked.document.value);
    const items = await this.#items(raws, [], {
      ...source,
      path,
      reader,
      inherited,
      depth: source.depth + 1,
    });
    const numbers = alteredNumbers(file, checked.document, checked.value);
    this.problems.push(...checked.problems, ...numbers, ...reader.problems);
    return items;
  }
}

/** A file with problems is of no use, but the files that it imports are looked at all the same: all problems at once. */
function importsOnly(document: unknown): RawPlay[] {
  const plays = Array.isArray(document) ? (document as readonly { readonly tasks?: unknown }[]) : [];
  return plays.map((play) => ({ name: '', hosts: [], tasks: importsIn(play?.tasks) }));
}

function importsIn(tasks: unknown): RawTask[] {
  const entries = Array.isArray(tasks) ? (tasks as readonly RawTask[]) : [];
  // Entries that are no imports keep their places, so that problems are still named at the right lines.
  return entries.map((entry) =>
    typeof entry?.import_tasks === 'string'
      ? { import_tasks: entry.import_tasks }
      : { meta: 'flush_handlers' as const },
  );
}
