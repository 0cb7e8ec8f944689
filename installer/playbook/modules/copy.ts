import { dump } from 'js-yaml';
import { z } from 'zod';
import { absolutePath, textOrData } from '../fields.ts';
import { defineModule } from '../module.ts';
import { attributeFields, ownFile } from './shared/file-arguments.ts';
import { readBeside } from './shared/read-beside.ts';
import { applyFile, type FoundFile, inspectFile, planFile, type WantedFile } from './shared/wanted-file.ts';

const args = z.strictObject({
  dest: absolutePath(),
  src: z.string().optional(),
  content: textOrData().optional(),
  ...attributeFields,
});

/** Content from the playbook or from files/ beside it. Data given as `content` is written as YAML or JSON, by the ending of the name. */
export const copy = defineModule<typeof args, { wanted: WantedFile; found: FoundFile }>({
  name: 'copy',
  summary: 'A file with the content given here (content) or in files/ (src).',
  args,
  watches: ({ dest }) => [{ kind: 'file', name: dest }],
  files: ({ src }) => (src === undefined ? [] : [`files/${src}`]),
  async inspect(task, host, { directory }) {
    const content =
      task.src === undefined
        ? written(task.dest, task.content)
        : await readBeside(directory, `files/${task.src}`);
    return { wanted: ownFile(task.dest, content, task), found: await inspectFile(host, task.dest) };
  },
  plan: (_task, { wanted, found }, { quiet }) => planFile(wanted, found, quiet),
  apply: (_task, { wanted, found }, host) => applyFile(wanted, found, host),
});

function written(path: string, content: unknown): string {
  if (typeof content === 'string') return content;
  if (/\.ya?ml$/.test(path)) return dump(content, { lineWidth: -1 });
  return `${JSON.stringify(content ?? '', undefined, 2)}\n`;
}
