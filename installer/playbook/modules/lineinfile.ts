import { z } from 'zod';
import { atLeastOneOf, atMostOneOf, withState } from '../argument-rules.ts';
import { absolutePath, oneLine, told } from '../fields.ts';
import { defineModule } from '../module.ts';
import { TaskError } from '../task-error.ts';
import { sharedAttributes, sharedFile } from './shared/file-arguments.ts';
import { regularExpression, regularExpressionOf } from './shared/regular-expression.ts';
import { joinLines, linesIn } from './shared/text-lines.ts';
import { applyFile, type FoundFile, inspectFile, planFile, type WantedFile } from './shared/wanted-file.ts';

const args = z.strictObject({
  path: told(absolutePath(), 'the file'),
  line: told(oneLine().optional(), 'the line'),
  regexp: told(
    regularExpression().optional(),
    'takes the place of the last line that matches; with absent: all that match',
  ),
  state: told(z.enum(['present', 'absent']).optional(), 'there or not there', 'present'),
  insertafter: told(
    regularExpression().optional(),
    'where nothing matches regexp: behind the last line that matches this, or at the end (EOF)',
    'EOF',
  ),
  insertbefore: told(
    regularExpression().optional(),
    'before the last line that matches this, or at the beginning (BOF)',
  ),
  create: told(z.boolean().optional(), 'make the file when it is not there', false),
  ...sharedAttributes,
});
type Args = z.output<typeof args>;

export const lineinfile = defineModule<typeof args, { wanted: WantedFile; found: FoundFile }>({
  name: 'lineinfile',
  summary: 'One line of a file: there, in place of the last line that matches regexp, or not there.',
  example: "lineinfile: {path: /etc/ssh/sshd_config, regexp: '^#?PermitRootLogin', line: PermitRootLogin no}",
  args,
  rules: [
    withState([undefined, 'present'], atLeastOneOf('line')),
    withState(['absent'], atLeastOneOf('line', 'regexp')),
    atMostOneOf('insertafter', 'insertbefore'),
  ],
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
  const pattern = regexp === undefined ? undefined : regularExpressionOf(regexp);
  const matches = (text: string): boolean => (pattern === undefined ? text === line : pattern.test(text));
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
  const pattern = regularExpressionOf(wanted);
  const index = lines.findLastIndex((text) => pattern.test(text));
  if (index === -1) return lines.length;
  return before === undefined ? index + 1 : index;
}
