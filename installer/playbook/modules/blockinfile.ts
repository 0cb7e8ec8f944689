import { z } from 'zod';
import { absolutePath } from '../fields.ts';
import { defineModule } from '../module.ts';
import { TaskError } from '../task-error.ts';
import { attributeFields, sharedFile } from './shared/file-arguments.ts';
import { joinLines, linesIn } from './shared/text-lines.ts';
import { applyFile, type FoundFile, inspectFile, planFile, type WantedFile } from './shared/wanted-file.ts';

const args = z.strictObject({
  path: absolutePath(),
  block: z.string().optional(),
  marker: z
    .string()
    .refine((text) => text.includes('{mark}'), 'must contain {mark}')
    .optional(),
  state: z.enum(['present', 'absent']).optional(),
  create: z.boolean().optional(),
  ...attributeFields,
});
type Args = z.output<typeof args>;

export const blockinfile = defineModule<typeof args, { wanted: WantedFile; found: FoundFile }>({
  name: 'blockinfile',
  summary: 'Lines between two marker lines of a file that belongs to others too.',
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
