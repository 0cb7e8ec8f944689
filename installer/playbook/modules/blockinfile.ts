import { z } from 'zod';
import { absolutePath, told } from '../fields.ts';
import { defineModule } from '../module.ts';
import { TaskError } from '../task-error.ts';
import { sharedAttributes, sharedFile } from './shared/file-arguments.ts';
import { joinLines, linesIn } from './shared/text-lines.ts';
import { applyFile, type FoundFile, inspectFile, planFile, type WantedFile } from './shared/wanted-file.ts';

const args = z.strictObject({
  path: told(absolutePath(), 'the file'),
  block: told(z.string().optional(), 'the lines; none at all take the block away', ''),
  marker: told(
    z
      .string()
      .refine((text) => text.includes('{mark}'), 'must contain {mark}')
      .optional(),
    'the line around the block; {mark} becomes BEGIN and END',
    '# {mark} perimeter',
  ),
  state: told(z.enum(['present', 'absent']).optional(), 'there or not there', 'present'),
  create: told(z.boolean().optional(), 'make the file when it is not there', false),
  ...sharedAttributes,
});
type Args = z.output<typeof args>;

export const blockinfile = defineModule<typeof args, { wanted: WantedFile; found: FoundFile }>({
  name: 'blockinfile',
  summary: 'Lines between two marker lines of a file that belongs to others too.',
  example: "blockinfile: {path: /etc/hosts, block: '10.0.0.9 store'}",
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
  { block = '', marker = '# {mark} perimeter', state }: Args,
  lines: readonly string[],
): readonly string[] {
  const begin = marker.replace('{mark}', 'BEGIN');
  const end = marker.replace('{mark}', 'END');
  const from = lines.indexOf(begin);
  const to = lines.indexOf(end, from);
  const isThere = from !== -1 && to !== -1;
  const wanted = state === 'absent' || block === '' ? [] : [begin, ...linesIn(block), end];
  return isThere ? lines.toSpliced(from, to - from + 1, ...wanted) : [...lines, ...wanted];
}
