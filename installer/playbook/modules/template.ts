import { z } from 'zod';
import { absolutePath, told } from '../fields.ts';
import { defineModule } from '../module.ts';
import { RenderError, renderText } from '../render.ts';
import { ownAttributes, ownFile } from './shared/file-arguments.ts';
import { readBeside } from './shared/read-beside.ts';
import { applyFile, type FoundFile, inspectFile, planFile, type WantedFile } from './shared/wanted-file.ts';

const args = z.strictObject({
  src: told(z.string().min(1), 'a template in templates/ beside the playbook'),
  dest: told(absolutePath(), 'the file on the host'),
  ...ownAttributes,
});

export const template = defineModule<typeof args, { wanted: WantedFile; found: FoundFile }>({
  name: 'template',
  summary: 'A file made from a Handlebars template in templates/. Every variable in it must exist.',
  example: 'template: {src: motd.hbs, dest: /etc/motd}',
  args,
  namesMore: true,
  watches: ({ dest }) => [{ kind: 'file', name: dest }],
  files: ({ src }) => (src === undefined ? [] : [`templates/${src}`]),
  async inspect(task, host, { directory, variables }) {
    const [source, found] = await Promise.all([
      readBeside(directory, `templates/${task.src}`),
      inspectFile(host, task.dest),
    ]);
    return { wanted: ownFile(task.dest, fillIn(task.src, plainLines(source), variables), task), found };
  },
  plan: (_task, { wanted, found }, { quiet }) => planFile(wanted, found, quiet),
  apply: (_task, { wanted, found }, host) => applyFile(wanted, found, host),
});

/** What an editor on Windows adds is not meant for a Linux host: most programs there take it for a part of the setting. */
function plainLines(source: string): string {
  return source.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
}

/** From its opening to its end: a format of printf such as {%s} is none. */
const jinjaStatement = /\{%[-+]?\s*(\w+)(?![\w}])(?:(?!\{%)[^])*?%\}/;

function fillIn(name: string, source: string, variables: Parameters<typeof renderText>[1]): string {
  const [jinja, word] = jinjaStatement.exec(source) ?? [];
  if (jinja !== undefined)
    throw new RenderError(
      `templates/${name}: has {% ${word} %} of Jinja; templates are Handlebars here: {{#if}}, {{#each}}`,
    );
  try {
    return renderText(source, variables);
  } catch (error) {
    throw error instanceof RenderError ? new RenderError(`templates/${name}: ${error.message}`) : error;
  }
}
