import { z } from 'zod';
import { absolutePath } from '../fields.ts';
import { defineModule } from '../module.ts';
import { TaskError } from '../task-error.ts';
import { attributeFields, sharedFile } from './shared/file-arguments.ts';
import { regularExpression } from './shared/regular-expression.ts';
import { joinLines, linesIn } from './shared/text-lines.ts';
import { applyFile, type FoundFile, inspectFile, planFile, type WantedFile } from './shared/wanted-file.ts';

const args = z.strictObject({
  path: absolutePath(),
  line: z.string().optional(),
  regexp: regularExpression().optional(),
  state: z.enum(['present', 'absent']).optional(),
  insertafter: z.string().optional(),
  insertbefore: z.string().optional(),
  create: z.boolean().optional(),
  ...attributeFields,
});
type Args = z.output<typeof args>;

export const lineinfile = defineModule<typeof args, { wanted: WantedFile; found: FoundFile }>({
  name: 'lineinfile',
  summary: 'One line of a file: there, in place of the last line that matches regexp, or not there.',
  args,
  watches: ({ path }) => [{ kind: 'file', name: path }],
  async inspect(task, host) {
    const found = await inspectFile(host, task.path);
    const absent = found.content === undefined && (task.state === 'absent' || !task.create);
    if (absent && task.state !== 'absent')
      throw new TaskError(`${task.path} is not there; say create: true to make it`);
    const content = absent ? undefined : joinLines(edited(task, linesIn(found.content ?? '')));
    return { wanted: sharedFile(task.path, content, task), found };
  },
  plan: (_task, { wanted, found }, { quiet }) => planFile(wanted, found, quiet),
  apply: (_task, { wanted, found }, host) => applyFile(wanted, found, host),
});

function edited(
  { line = '', regexp, state, insertafter, insertbefore }: Args,
  lines: readonly string[],
): readonly string[] {
  const matches =
    regexp === undefined ? (text: string) => text === line : (text: string) => new RegExp(regexp).test(text);
  if (state === 'absent') return lines.filter((text) => !matches(text));
  const last = lines.findLastIndex(matches);
  if (last !== -1) return lines.with(last, line);
  if (lines.includes(line)) return lines;
  return lines.toSpliced(placeFor(lines, insertafter, insertbefore), 0, line);
}

function placeFor(lines: readonly string[], after: string | undefined, before: string | undefined): number {
  if (before === 'BOF') return 0;
  const wanted = before ?? after;
  if (wanted === undefined || wanted === 'EOF') return lines.length;
  const index = lines.findLastIndex((text) => new RegExp(wanted).test(text));
  if (index === -1) return lines.length;
  return before === undefined ? index + 1 : index;
}
