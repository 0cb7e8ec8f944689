import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { YamlPath } from '../base/yaml-document.ts';
import { brokenRules } from './argument-rules.ts';
import { isTemplate } from './fields.ts';
import type { PlaybookModule } from './module.ts';
import { templateProblem } from './render.ts';
import type { RawTask } from './schema.ts';

/** With these it says what is so anyway; to command it tells that it only looks. */
const looking = ['assert', 'command', 'stat', 'wait_for'];

interface Finding {
  readonly path: YamlPath;
  readonly message: string;
}

interface Surroundings {
  /** Folder of the playbook. */
  readonly directory: string;
  readonly inHandlers: boolean;
}

/** What is wrong with a task whose words are right one by one: rules that need more than one of them to see. */
export function judgeTask(
  raw: RawTask,
  key: string,
  module: PlaybookModule,
  args: Readonly<Record<string, unknown>>,
  { directory, inHandlers }: Surroundings,
): readonly Finding[] {
  const findings: Finding[] = brokenRules(module, args).map((message) => ({ path: [key], message }));
  const find = (path: YamlPath, message: string): void => void findings.push({ path, message });
  for (const file of module.files?.(args) ?? []) {
    if (!isTemplate(file) && !existsSync(join(directory, file)))
      find([key], `there is no file ${file} beside the playbook`);
  }
  const always = module.onlyInHandlers?.(args);
  if (always !== undefined && !inHandlers) find([key], always);
  if (raw.register !== undefined && module.result === undefined) {
    find(
      ['register'],
      `${module.name} changes things, and a registered "changed" is lost when a run is cut off; let the task notify a handler instead`,
    );
  }
  if (raw.register !== undefined && raw.loop !== undefined)
    find(['register'], 'cannot keep the results of a loop');
  if (raw.become_user !== undefined && module.name !== 'command')
    find(['become_user'], 'is only for command; files get their owner by owner and group');
  if (raw.changed_when !== undefined && !looking.includes(module.name))
    find(['changed_when'], `is not for ${module.name}, which knows by itself what it changed`);
  if (raw.loop_control !== undefined && raw.loop === undefined) find(['loop_control'], 'needs a loop');
  for (const part of [key, 'loop', 'vars'])
    for (const message of unreadable(raw[part])) find([part], message);
  return findings;
}

/** What a line that imports or flushes can say besides. */
const besides = { import_tasks: ['name', 'when', 'tags', 'vars', 'become'], meta: ['name', 'become'] };

/** Whatever else stands in such a line would be passed over in silence. */
export function judgeLine(raw: RawTask, key: keyof typeof besides): readonly Finding[] {
  return Object.keys(raw)
    .filter((word) => word !== key && !besides[key].includes(word))
    .map((word) => ({
      path: [word],
      message: `says nothing with ${key}; write it with the tasks themselves`,
    }));
}

function unreadable(value: unknown): string[] {
  if (typeof value === 'string') {
    const problem = templateProblem(value);
    return problem === undefined ? [] : [problem];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(unreadable);
}
