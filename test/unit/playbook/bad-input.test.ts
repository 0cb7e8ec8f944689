import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PerimeterError } from '../../../installer/base/errors.ts';
import { applyPlaybookChange, settlePlaybook } from '../../../installer/playbook/apply-playbook.ts';
import { loadPlaybook } from '../../../installer/playbook/load-playbook.ts';
import type { Playbook } from '../../../installer/playbook/playbook.ts';
import { inspectPlaybook, planPlaybook } from '../../../installer/playbook/playbook-changes.ts';
import { MemoryHost } from '../../../installer/testkit/memory-host.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

type Content = string | Uint8Array;

/** A play with these tasks (YAML, indented by four), and what lies beside it. */
async function playbookOf(
  tasks: Content,
  { handlers = '', beside = {} }: { handlers?: string; beside?: Readonly<Record<string, Content>> } = {},
): Promise<Playbook> {
  const directory = await temporaryFolder();
  const main =
    typeof tasks === 'string' ? `- name: Play\n  hosts: all\n  tasks:\n${tasks}${handlers}` : tasks;
  for (const [name, content] of Object.entries({ 'site.yaml': main, ...beside })) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
  }
  return await loadPlaybook(join(directory, 'site.yaml'));
}

async function run(playbook: Playbook, variables = {}, host = new MemoryHost()): Promise<MemoryHost> {
  const target = { host, groups: [], variables };
  for (const change of planPlaybook(await inspectPlaybook(playbook, target)))
    await applyPlaybookChange(playbook, change, target);
  await settlePlaybook(playbook, target);
  return host;
}

async function refusalOf(work: Promise<unknown>): Promise<PerimeterError> {
  const error = await work.then(
    () => new Error('it was accepted'),
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: 'PerimeterError' });
  return error as PerimeterError;
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

describe('a number that YAML would alter', () => {
  // No schema says there what is wanted, so a version 1.10 would be installed as 1.1 without a word.
  it('is refused where anything may stand, each with its line', async () => {
    const tasks = [
      '    - name: Variables',
      '      vars: {version: 1.10, port: 8080}',
      "      copy: {dest: /etc/a, content: '{{version}}'}",
      '    - name: Items',
      "      copy: {dest: '/etc/{{item.name}}', content: '{{item.mode}}'}",
      '      loop:',
      '        - {name: b, mode: 0644}',
      '        - {name: c, mode: 0x1F}',
      '    - name: Data',
      '      copy: {dest: /etc/d.yaml, content: {versions: [1.0, 1.5, 12345678901234567890]}}',
      '    - import_tasks: more/tasks.yaml',
      '',
    ].join('\n');
    const more = '- name: More\n  copy: {dest: /etc/e, content: {version: 2.0}}\n';
    const { code, findings } = await refusalOf(playbookOf(tasks, { beside: { 'more/tasks.yaml': more } }));
    expect(code).toBe('E_PLAYBOOK_INVALID');
    expect(findings).toEqual([
      'site.yaml:5: task "Variables": vars.version: 1.10 becomes the number 1.1; write \'1.10\' in quotes for the text, or 1.1',
      expect.stringMatching(/^site.yaml:10: .*mode: 0644 becomes the number 644; write '0644' in quotes/),
      expect.stringMatching(/^site.yaml:11: .*mode: 0x1F becomes the number 31/),
      expect.stringMatching(/^site.yaml:13: .*versions\[0\]: 1.0 becomes the number 1;/),
      expect.stringMatching(/^site.yaml:13: .*versions\[2\]: 12345678901234567890 becomes the number/),
      expect.stringMatching(/^more\/tasks.yaml:2: .*version: 2.0 becomes the number 2;/),
    ]);
  });

  it('is a text when it stands in quotes, all the way to the host', async () => {
    const tasks = `    - name: Versions
      vars: {version: '1.10'}
      copy: {dest: '/etc/{{item}}', content: '{{version}}'}
      loop: ['1.0']
`;
    expect((await run(await playbookOf(tasks))).files.text('/etc/1.0')).toBe('1.10');
  });
});

describe('files that were saved on Windows', () => {
  const tasks = `    - name: Text
      copy:
        dest: /etc/text
        content: |
          one
          two
    - name: Template
      template: {src: unit.hbs, dest: /etc/unit}
`;
  const template = '[Service]\nExecStart={{program}}\n';
  const windows = (text: string): string => `\uFEFF${text.replaceAll('\n', '\r\n')}`;

  // systemd takes a carriage return for a part of the value, and a mark at the beginning for a part of the section's name.
  it('give the same files on the host', async () => {
    const main = windows(`- name: Play\n  hosts: all\n  tasks:\n${tasks}`);
    const playbook = await playbookOf(Buffer.from(main), {
      beside: { 'templates/unit.hbs': windows(template) },
    });
    const host = await run(playbook, { program: '/bin/true' });
    expect(host.files.text('/etc/text')).toBe('one\ntwo\n');
    expect(host.files.text('/etc/unit')).toBe('[Service]\nExecStart=/bin/true\n');
  });

  it('are copied as they are when copy takes the whole file', async () => {
    const playbook = await playbookOf('    - name: A\n      copy: {src: a.txt, dest: /etc/a}\n', {
      beside: { 'files/a.txt': windows('a\nb\n') },
    });
    expect((await run(playbook)).files.text('/etc/a')).toBe('\uFEFFa\r\nb\r\n');
  });
});

describe('bytes that are no UTF-8', () => {
  it('are named with their line in a playbook', async () => {
    const main = '- name: Play\n  hosts: all\n  # caf\xe9\n  tasks:\n    - meta: flush_handlers\n';
    const { findings } = await refusalOf(playbookOf(bytes(main)));
    expect(findings).toEqual(['site.yaml:3: has letters that are no UTF-8; save the file as UTF-8']);
  });

  // They would be written with replacement signs, which the next look would take for the declared content.
  it.each([
    ['copy', 'files/logo.png', 'copy: {src: logo.png, dest: /etc/a}'],
    ['template', 'templates/logo.png', 'template: {src: logo.png, dest: /etc/a}'],
  ])('are not sent by %s', async (_module, file, module) => {
    const playbook = await playbookOf(`    - name: Logo\n      ${module}\n`, {
      beside: { [file]: bytes('\x89PNG\xff') },
    });
    const { code, message } = await refusalOf(run(playbook));
    expect(code).toBe('E_PLAYBOOK_TASK');
    expect(message).toBe(
      `n1: task "Logo" at site.yaml:4: ${file} is no UTF-8 text; what is no text comes in an artifact of the bundle`,
    );
  });
});

describe('a template', () => {
  const tasks = "    - name: Unit\n      template: {src: '{{kind}}.hbs', dest: /etc/unit}\n";

  it('that names a variable nobody gave is named with its line, and the task with its own', async () => {
    const playbook = await playbookOf(tasks, {
      beside: { 'templates/unit.hbs': '[Service]\nUser={{service.user}}\n' },
    });
    const host = new MemoryHost();
    const { message } = await refusalOf(run(playbook, { kind: 'unit', service: {} }, host));
    expect(message).toBe(
      'n1: task "Unit" at site.yaml:4: templates/unit.hbs: there is no variable service.user (line 2 of the text)',
    );
    expect(host.changes).toEqual([]);
  });

  it.each(['{% if a %}', '{%- for a in b -%}', '{%endif%}', '{% set a = {\n1: 2} %}', '{%s} {% raw %}'])(
    'with a statement of Jinja is refused: %s',
    async (text) => {
      const playbook = await playbookOf(tasks, { beside: { 'templates/unit.hbs': text } });
      const { message } = await refusalOf(run(playbook, { kind: 'unit' }));
      expect(message).toMatch(/has \{% (if|for|endif|set|raw) %\} of Jinja; templates are Handlebars here/);
    },
  );

  it.each(["curl -w '%{http_code}'", "printf '{%s}' a", "printf '{%s, %d' a 1", '{%s} and 100%}'])(
    'takes formats of other programs for what they are: %s',
    async (text) => {
      const playbook = await playbookOf(tasks, { beside: { 'templates/unit.hbs': text } });
      expect((await run(playbook, { kind: 'unit' })).files.text('/etc/unit')).toBe(text);
    },
  );

  // The name comes out of a variable, so it could not be looked for when the playbook was read.
  it('that is not there is the fault of the playbook, not of the program', async () => {
    const { message } = await refusalOf(run(await playbookOf(tasks), { kind: 'timer' }));
    expect(message).toContain('site.yaml:4: there is no file templates/timer.hbs beside the playbook');
  });
});

describe('names of handlers', () => {
  const handler = (name: string): string =>
    `    - name: ${name}\n      copy: {dest: '/etc/ran-${name}', content: x}\n`;
  const notifying = (name: string): string =>
    `    - name: Settings\n      copy: {dest: /etc/settings, content: x}\n      notify: ${name}\n`;

  // What is noted on the host is made of the name; of letters that are not kept, nothing would be left of it.
  it('may be of any alphabet: each is noted, runs and is forgotten for itself', async () => {
    const playbook = await playbookOf(notifying('Перезапустить'), {
      handlers: `  handlers:\n${handler('Перезапустить')}${handler('Проверить')}`,
    });
    const host = new MemoryHost();
    host.interruptAfter(2);
    await expect(run(playbook, {}, host)).rejects.toMatchObject({ code: 'E_HOST_UNREACHABLE' });
    host.reconnect();
    await run(playbook, {}, host);
    expect(host.files.text('/etc/ran-Перезапустить')).toBe('x');
    expect(host.files.text('/etc/ran-Проверить')).toBeUndefined();
    expect(host.files.names('/var/lib/perimeter/playbook/site/notified')).toEqual([]);
  });

  it('must differ, or one would be forgotten with the other', async () => {
    const handlers = `  handlers:\n${handler('Restart it')}${handler('Restart-it')}`;
    const { findings } = await refusalOf(playbookOf(notifying('Restart it'), { handlers }));
    expect(findings).toEqual([
      'site.yaml:10: handler "Restart-it" has the name of the one at site.yaml:8; names of handlers must differ',
    ]);
  });
});
