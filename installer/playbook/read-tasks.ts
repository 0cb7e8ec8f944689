import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FileProblem } from '../base/checked-yaml.ts';
import { didYouMean } from '../base/suggest.ts';
import type { YamlDocument, YamlPath } from '../base/yaml-document.ts';
import { type Expression, parseExpression } from './expression/parse.ts';
import { ExpressionError } from './expression/tokens.ts';
import { isTemplate, listOf } from './fields.ts';
import { moduleNamed } from './modules.ts';
import type { Task } from './playbook.ts';
import type { RawTask } from './schema.ts';
import type { Variables } from './variables.ts';

/** What tasks of an imported file take over from the line that imports it. */
export interface Inherited {
  readonly when: readonly Expression[];
  readonly tags: readonly string[];
  readonly variables: Variables;
}

export const nothingInherited: Inherited = { when: [], tags: [], variables: {} };

/** Collects what is wrong with one file. */
export class TaskReader {
  readonly problems: FileProblem[] = [];
  readonly #directory: string;
  readonly #file: string;
  readonly #document: YamlDocument;

  /** `directory` is the playbook's, `file` is within it. */
  constructor(directory: string, file: string, document: YamlDocument) {
    this.#directory = directory;
    this.#file = file;
    this.#document = document;
  }

  problem(path: YamlPath, message: string): void {
    this.problems.push({ file: this.#file, line: this.#document.lineOf(path), path, message });
  }

  /** What an entry hands on to the tasks in the file that it imports, or to its own task. */
  inherit(raw: RawTask, path: YamlPath, from: Inherited): Inherited {
    return {
      when: [...from.when, ...this.#conditions(raw, path)],
      tags: [...new Set([...from.tags, ...listOf(raw.tags ?? [])])],
      variables: { ...from.variables, ...raw.vars },
    };
  }

  /** Undefined when the entry is no task that can be used; the problems say why. */
  task(raw: RawTask, path: YamlPath, from: Inherited, inHandlers: boolean): Task | undefined {
    const found = Object.keys(raw).filter((key) => moduleNamed(key) !== undefined);
    const module = moduleNamed(found[0] ?? '');
    if (module === undefined || found.length !== 1) {
      this.problem(
        path,
        found.length === 0
          ? 'says no module, so there is nothing to do'
          : `has several modules (${found.join(', ')}); a task has one`,
      );
      return undefined;
    }
    if (raw.name === undefined) {
      this.problem(path, 'is missing; every task says in words what it is for: name: Write ...');
      return undefined;
    }
    const { when, tags, variables } = this.inherit(raw, path, from);
    const args = { ...(raw[found[0] ?? ''] as Record<string, unknown>) };
    if (raw.changed_when === false) args['changed_when'] = false;
    this.#judge(raw, path, module, args, inHandlers);
    return {
      kind: 'task',
      id: `${stem(this.#file)}/${slug(raw.name)}`,
      name: raw.name,
      place: `${this.#file}:${this.#document.lineOf(path)}`,
      module,
      args,
      when,
      loop: raw.loop as string | readonly unknown[] | undefined,
      loopLabel: raw.loop_control?.label,
      register: raw.register,
      notify: listOf(raw.notify ?? []),
      tags,
      variables,
      user: raw.become_user,
      quiet: raw.no_log ?? false,
    };
  }

  /** Rules that need more than one key to see. */
  #judge(
    raw: RawTask,
    path: YamlPath,
    module: NonNullable<ReturnType<typeof moduleNamed>>,
    args: Record<string, unknown>,
    inHandlers: boolean,
  ): void {
    for (const file of module.files?.(args) ?? []) {
      if (!isTemplate(file) && !existsSync(join(this.#directory, file)))
        this.problem(path, `there is no file ${file} beside the playbook`);
    }
    const always = module.onlyInHandlers?.(args);
    if (always !== undefined && !inHandlers) this.problem(path, always);
    if (raw.register !== undefined && module.result === undefined) {
      this.problem(
        [...path, 'register'],
        `${module.name} changes things, and a registered "changed" is lost when a run is cut off; let the task notify a handler instead`,
      );
    }
    if (raw.register !== undefined && raw.loop !== undefined)
      this.problem([...path, 'register'], 'cannot keep the results of a loop');
    if (raw.become_user !== undefined && module.name !== 'command')
      this.problem([...path, 'become_user'], 'is only for command; files get their owner by owner and group');
    if (raw.loop_control !== undefined && raw.loop === undefined)
      this.problem([...path, 'loop_control'], 'needs a loop');
  }

  #conditions(raw: RawTask, path: YamlPath): Expression[] {
    if (raw.when === undefined) return [];
    const sources = Array.isArray(raw.when) ? raw.when : [String(raw.when)];
    return sources.flatMap((source) => {
      try {
        return [parseExpression(source)];
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        this.problem([...path, 'when'], `"${source}": ${error.message}`);
        return [];
      }
    });
  }

  /** Handlers that would share one note on the host: when the first of them has run, the other is forgotten. */
  sameHandlers(handlers: readonly Task[]): void {
    for (const [index, { name, place }] of handlers.entries()) {
      const first = handlers.findIndex((other) => slug(other.name) === slug(name));
      if (first === index) continue;
      const message = `handler "${name}" has the name of the one at ${handlers[first]?.place}; names of handlers must differ`;
      this.#problemAt(place, message);
    }
  }

  #problemAt(place: string, message: string): void {
    const [, file = this.#file, line] = /^(.*):(\d+)$/.exec(place) ?? [];
    this.problems.push({ file, line: Number(line), path: [], message });
  }

  /** Handlers that are named but not there. */
  unknownHandlers(tasks: readonly Task[], handlers: readonly Task[]): void {
    const known = handlers.map((handler) => handler.name);
    for (const task of tasks) {
      for (const name of task.notify.filter((wanted) => !known.includes(wanted))) {
        const message = `task "${task.name}" notifies "${name}", but there is no such handler${didYouMean(name, known)}`;
        this.#problemAt(task.place, message);
      }
    }
  }
}

function stem(file: string): string {
  return (
    file
      .replace(/\.ya?ml$/, '')
      .split('/')
      .at(-1) ?? file
  );
}

/** Letters of every script stay: names that differ must not become the same, or one note would stand for two handlers. */
export function slug(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '');
}
