import { dirname, relative, resolve, sep } from 'node:path';
import { checkYaml, describeProblems, type FileProblem, sortProblems } from '../base/checked-yaml.ts';
import { PerimeterError } from '../base/errors.ts';
import { readFileIfThere } from '../base/files.ts';
import { count } from '../base/units.ts';
import type { YamlPath } from '../base/yaml-document.ts';
import { listOf } from './fields.ts';
import { FileReader } from './file-reader.ts';
import { judgeHandlers } from './judge-handlers.ts';
import { judgeLine } from './judge-task.ts';
import { hostProblems, type KnownHosts } from './known-hosts.ts';
import type { Play, Playbook, PlayItem, Task } from './playbook.ts';
import { type Inherited, inherit, nothingInherited, readTask } from './read-tasks.ts';
import { playbookSchema, type RawTask, taskListSchema } from './schema.ts';

const deepestImport = 8;

/** The list of entries that is being read. */
interface Source {
  readonly path: string;
  readonly reader: FileReader;
  readonly inHandlers: boolean;
  readonly inherited: Inherited;
  readonly depth: number;
  /** Collects the names of all entries, also of those that have problems. */
  readonly names: string[];
}

/**
 * Reads a playbook with all task files that it imports. Raises E_PLAYBOOK_INVALID with every problem of every file. `known`: whom
 * plays may be for, where that is known already.
 */
export async function loadPlaybook(path: string, known?: KnownHosts): Promise<Playbook> {
  const directory = dirname(resolve(path));
  const loader = new Loader(directory);
  const plays = await loader.plays(resolve(path));
  loader.uniqueIds();
  refuse(path, [...loader.problems, ...(known === undefined ? [] : hostProblems(plays, known))]);
  const name = relative(dirname(path), path).replace(/\.ya?ml$/, '');
  return { name, directory, plays };
}

/** Raises E_PLAYBOOK_INVALID when a play is for somebody whom the site does not have. */
export function assertHosts({ name, plays }: Playbook, known: KnownHosts): void {
  refuse(name, hostProblems(plays, known));
}

function refuse(path: string, problems: readonly FileProblem[]): void {
  if (problems.length === 0) return;
  throw new PerimeterError('E_PLAYBOOK_INVALID', {
    message: `The playbook ${path} has ${count(problems.length, 'problem')}.`,
    hint: 'Correct the lines named above; nothing was changed on any host.',
    findings: describeProblems(sortProblems(problems)),
  });
}

class Loader {
  readonly #directory: string;
  readonly #tasks: Task[] = [];
  /** In the order in which the files are met. */
  readonly #readers: FileReader[] = [];
  readonly #others: FileProblem[] = [];

  constructor(directory: string) {
    this.#directory = directory;
  }

  get problems(): readonly FileProblem[] {
    return [...this.#readers.flatMap(({ problems }) => problems), ...this.#others];
  }

  async plays(path: string): Promise<Play[]> {
    const file = relative(this.#directory, path);
    const text = await readFileIfThere(path);
    if (text === undefined) {
      this.#others.push({ file: path, path: [], message: 'there is no such file' });
      return [];
    }
    const { document, problems } = checkYaml(file, text, playbookSchema);
    const reader = new FileReader(file, document, 'plays');
    this.#readers.push(reader);
    reader.take(problems);
    const plays: Play[] = [];
    for (const index of listAt(reader, []).keys()) plays.push(...(await this.#play(index, path, reader)));
    return plays;
  }

  /** One play, or none when it is not right by itself; its tasks are read in any case. */
  async #play(index: number, path: string, reader: FileReader): Promise<Play[]> {
    const raw = reader.play([index]);
    const source = { path, reader, inHandlers: false, inherited: nothingInherited, depth: 0, names: [] };
    const handlerSource = { ...source, inHandlers: true, names: [] as string[] };
    const tasks = await this.#items([index, 'tasks'], source);
    const handlers = (await this.#items([index, 'handlers'], handlerSource)).filter(isTask);
    this.#others.push(...judgeHandlers(tasks.filter(isTask), handlers, handlerSource.names));
    if (raw === undefined) return [];
    const place = `${reader.file}:${reader.lineOf([index, 'hosts'])}`;
    const variables = raw.vars ?? {};
    return [{ name: raw.name, place, hosts: listOf(raw.hosts), variables, tasks, handlers }];
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

  async #items(path: YamlPath, source: Source): Promise<PlayItem[]> {
    const { reader, inherited, inHandlers } = source;
    const items: PlayItem[] = [];
    for (const index of listAt(reader, path).keys()) {
      const place = [...path, index];
      const name = reader.valueAt([...place, 'name']);
      if (typeof name === 'string') source.names.push(name);
      const raw = reader.task(place);
      if (raw === undefined) continue;
      if (raw.meta !== undefined) {
        this.#judgeLine(raw, 'meta', place, reader);
        items.push({ kind: 'flush-handlers' });
      } else if (raw.import_tasks !== undefined) {
        this.#judgeLine(raw, 'import_tasks', place, reader);
        items.push(...(await this.#import(raw, raw.import_tasks, place, source)));
      } else {
        const directory = this.#directory;
        const task = readTask(raw, place, { reader, directory, inherited, inHandlers });
        if (task === undefined) continue;
        items.push(task);
        this.#tasks.push(task);
      }
    }
    return items;
  }

  #judgeLine(raw: RawTask, key: 'import_tasks' | 'meta', place: YamlPath, reader: FileReader): void {
    for (const { path, message } of judgeLine(raw, key)) reader.problem([...place, ...path], message);
  }

  async #import(raw: RawTask, name: string, place: YamlPath, source: Source): Promise<PlayItem[]> {
    const path = resolve(dirname(source.path), name);
    const refuseIt = (message: string): PlayItem[] => {
      source.reader.problem([...place, 'import_tasks'], message);
      return [];
    };
    if (source.depth >= deepestImport) return refuseIt('imports too deep; does a file import itself?');
    if (!path.startsWith(`${this.#directory}${sep}`))
      return refuseIt('leads out of the folder of the playbook');
    const text = await readFileIfThere(path);
    if (text === undefined) return refuseIt(`there is no file ${path}`);
    const file = relative(this.#directory, path);
    const { document, problems } = checkYaml(file, text, taskListSchema);
    const reader = new FileReader(file, document, 'tasks');
    this.#readers.push(reader);
    reader.take(problems);
    const inherited = inherit(raw, place, source.inherited, source.reader);
    return await this.#items([], { ...source, path, reader, inherited, depth: source.depth + 1 });
  }
}

function isTask(item: PlayItem): item is Task {
  return item.kind === 'task';
}

/** The list that stands there; nothing when something else does, which was told by then. */
function listAt(reader: FileReader, path: YamlPath): readonly unknown[] {
  const value = reader.valueAt(path);
  return Array.isArray(value) ? value : [];
}
