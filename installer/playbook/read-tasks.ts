import type { YamlPath } from '../base/yaml-document.ts';
import { type Expression, parseExpression } from './expression/parse.ts';
import { ExpressionError } from './expression/tokens.ts';
import { listOf } from './fields.ts';
import type { FileReader } from './file-reader.ts';
import { judgeTask } from './judge-task.ts';
import { moduleNamed } from './modules.ts';
import type { Task } from './playbook.ts';
import type { RawTask } from './schema.ts';
import { slug } from './slug.ts';
import type { Variables } from './variables.ts';

/** What tasks of an imported file take over from the line that imports it. */
export interface Inherited {
  readonly when: readonly Expression[];
  readonly tags: readonly string[];
  readonly variables: Variables;
}

export const nothingInherited: Inherited = { when: [], tags: [], variables: {} };

/** What an entry hands on to the tasks in the file that it imports, or to its own task. */
export function inherit(raw: RawTask, path: YamlPath, from: Inherited, reader: FileReader): Inherited {
  return {
    when: [...from.when, ...conditionsOf(raw, path, reader)],
    tags: [...new Set([...from.tags, ...listOf(raw.tags ?? [])])],
    variables: { ...from.variables, ...raw.vars },
  };
}

interface Surroundings {
  readonly reader: FileReader;
  /** Folder of the playbook. */
  readonly directory: string;
  readonly inherited: Inherited;
  readonly inHandlers: boolean;
}

/** Undefined when the entry is no task that can be used; the problems of the reader say why. */
export function readTask(
  raw: RawTask,
  path: YamlPath,
  { reader, directory, inherited, inHandlers }: Surroundings,
): Task | undefined {
  const found = Object.keys(raw).filter((key) => moduleNamed(key) !== undefined);
  const [key = ''] = found;
  const module = moduleNamed(key);
  if (module === undefined || found.length !== 1) {
    reader.problem(
      path,
      found.length === 0
        ? 'says no module, so there is nothing to do'
        : `has several modules (${found.join(', ')}); a task has one`,
    );
    return undefined;
  }
  if (raw.name === undefined) {
    reader.problem(path, 'every task says in words what it is for: name: Write ...');
    return undefined;
  }
  const { when, tags, variables } = inherit(raw, path, inherited, reader);
  const args = { ...(raw[key] as Record<string, unknown>) };
  if (raw.changed_when === false && module.name === 'command') args['changed_when'] = false;
  for (const finding of judgeTask(raw, key, module, args, { directory, inHandlers }))
    reader.problem([...path, ...finding.path], finding.message);
  return {
    kind: 'task',
    id: `${stem(reader.file)}/${slug(raw.name)}`,
    name: raw.name,
    place: `${reader.file}:${reader.lineOf(path)}`,
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

function conditionsOf(raw: RawTask, path: YamlPath, reader: FileReader): Expression[] {
  if (raw.when === undefined) return [];
  const sources = Array.isArray(raw.when) ? raw.when : [String(raw.when)];
  return sources.flatMap((source) => {
    try {
      return [parseExpression(source)];
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      reader.problem([...path, 'when'], `"${source}": ${error.message}`);
      return [];
    }
  });
}

function stem(file: string): string {
  return (
    file
      .replace(/\.ya?ml$/, '')
      .split('/')
      .at(-1) ?? file
  );
}
