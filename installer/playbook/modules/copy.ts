import { dump } from 'js-yaml';
import { z } from 'zod';
import { exactlyOneOf } from '../argument-rules.ts';
import { absolutePath, textOrData, told } from '../fields.ts';
import { defineModule } from '../module.ts';
import { ownAttributes, ownFile } from './shared/file-arguments.ts';
import { readBeside } from './shared/read-beside.ts';
import { applyFile, type FoundFile, inspectFile, planFile, type WantedFile } from './shared/wanted-file.ts';

const args = z.strictObject({
  dest: told(absolutePath(), 'the file on the host'),
  src: told(z.string().min(1).optional(), 'a file in files/ beside the playbook, taken as it is'),
  content: told(
    textOrData().optional(),
    'the text itself; data is written as YAML or JSON, by the ending of dest',
  ),
  ...ownAttributes,
});

/** Content from the playbook or from files/ beside it. Data given as `content` is written as YAML or JSON, by the ending of the name. */
export const copy = defineModule<typeof args, { wanted: WantedFile; found: FoundFile }>({
  name: 'copy',
  summary: 'A file with the content given here (content) or in files/ (src).',
  example: "copy: {dest: /etc/motd, content: 'Welcome', mode: '0644'}",
  args,
  rules: [exactlyOneOf('src', 'content')],
  watches: ({ dest }) => [{ kind: 'file', name: dest }],
  files: ({ src }) => (src === undefined ? [] : [`files/${src}`]),
  async inspect(task, host, { directory }) {
    // Asked in the same moment as every other task asks, so that one round trip answers them all.
    const [content, found] = await Promise.all([
      task.src === undefined ? written(task.dest, task.content) : readBeside(directory, `files/${task.src}`),
      inspectFile(host, task.dest),
    ]);
    return { wanted: ownFile(task.dest, content, task), found };
  },
  plan: (_task, { wanted, found }, { quiet }) => planFile(wanted, found, quiet),
  apply: (_task, { wanted, found }, host) => applyFile(wanted, found, host),
});

function written(path: string, content: unknown): string {
  if (typeof content === 'string') return content;
  if (/\.ya?ml$/.test(path)) return dump(content, { lineWidth: -1 });
  return `${JSON.stringify(content ?? '', undefined, 2)}\n`;
}
