import { describe, expect, it } from 'vitest';
import { inspectPlaybook } from '../../../installer/playbook/playbook-changes.ts';
import { MemoryHost } from '../../../installer/testkit/memory-host.ts';
import { play, problemsOf, problemsOfTask } from './problems.ts';
import { playbookOf } from './write-playbook.ts';

describe('arguments that are wrong together are named when the playbook is read', () => {
  it.each([
    ['lineinfile: {path: /a}', 'lineinfile: needs line'],
    ['lineinfile: {path: /a, regexp: x}', 'lineinfile: needs line'],
    ['lineinfile: {path: /a, state: absent}', 'lineinfile: needs one of line, regexp with state: absent'],
    ['lineinfile: {path: /a, line: b, insertafter: x, insertbefore: y}', 'cannot have both insertafter and'],
    ["lineinfile: {path: /a, line: b, insertafter: '['}", 'lineinfile.insertafter: is no regular expression'],
    [
      "lineinfile: {path: /a, line: b, insertbefore: '('}",
      'lineinfile.insertbefore: is no regular expression',
    ],
    ['lineinfile: {path: /a, line: "b\\nc"}', 'lineinfile.line: must be one line'],
    ['copy: {dest: /a}', 'copy: needs src or content'],
    ['copy: {dest: /a, src: x, content: y}', 'copy: cannot have both src and content'],
    ['command: {creates: /a}', 'command: needs argv or cmd'],
    ['command: {argv: [a], cmd: a, creates: /a}', 'command: cannot have both argv and cmd'],
    [`command: {cmd: 'sh -c "a', creates: /a}`, 'command.cmd: has a quote that does not end'],
    [`command: {cmd: ' ', creates: /a}`, 'command.cmd: names no program'],
    ['wait_for: {timeout: 5}', 'wait_for: needs path or port'],
    ['wait_for: {path: /a, port: 5}', 'wait_for: cannot have both path and port'],
    ['wait_for: {port: 70000}', 'wait_for.port: must be at most 65535'],
    ['file: {path: /a, state: link}', 'file: needs src with state: link'],
    ['file: {path: /a, state: directory, src: b}', 'file: has no use for src with state: directory'],
    ['file: {path: /a, src: b}', 'file: has no use for src'],
    ['mount: {path: /a, state: mounted}', 'mount: needs src with state: mounted'],
    ['systemd: {name: a}', 'systemd: needs one of state, enabled, masked, daemon_reload'],
    ['apt: {name: curl=7.1}', 'apt.name: must be the name of a Debian package without a version'],
  ])('%s', async (line, words) => {
    const problems = await problemsOfTask(line);
    expect(problems.join('\n')).toContain(words);
    for (const problem of problems) expect(problem).toMatch(/^site.yaml:5: task "It": /);
  });

  it.each([
    'lineinfile: {path: /a, regexp: x, state: absent}',
    "lineinfile: {path: /a, line: b, insertafter: '{{where}}['}",
    'copy: {dest: /a, content: ""}',
    "command: {cmd: '{{line}} \"', creates: /a}",
    "file: {path: /a, state: '{{state}}', src: b}",
    'mount: {path: /a, state: absent}',
    "apt: {name: '{{names}}'}",
  ])('%s is right, or only known later', async (line) => {
    expect((await playbookOf(`    - name: It\n      ${line}\n`)).plays).toHaveLength(1);
  });
});

it('are judged once more when they are filled in', async () => {
  const playbook = await playbookOf("    - name: It\n      file: {path: /a, state: '{{state}}'}\n");
  const target = { host: new MemoryHost(), groups: [], variables: { state: 'link' } };
  await expect(inspectPlaybook(playbook, target)).rejects.toMatchObject({
    code: 'E_PLAYBOOK_TASK',
    message: expect.stringContaining('task "It" at site.yaml:4: file needs src with state: link'),
  });
});

it('a regular expression that only a variable makes one is a fault of the task, not of the program', async () => {
  const playbook = await playbookOf(
    "    - name: It\n      lineinfile: {path: /etc/hosts, line: b, insertafter: '{{x}}'}\n",
  );
  const target = { host: new MemoryHost(), groups: [], variables: { x: '[' } };
  await expect(inspectPlaybook(playbook, target)).rejects.toMatchObject({
    message: expect.stringContaining('lineinfile.insertafter is no regular expression'),
  });
});

it('every task whose own words are right is judged, whatever is wrong with others', async () => {
  const tasks = [
    '    - name: Bad word',
    '      copy: {dest: /etc/a, contnt: x}',
    '    - name: Bad rule',
    '      copy: {dest: /etc/a}',
    '    - name: No such template',
    '      template: {src: absent.hbs, dest: /etc/a}',
    '    - name: Bad condition',
    '      copy: {dest: /etc/a, content: x}',
    '      when: a ==',
    '      ignore_errors: true',
    '    - name: Bad handler',
    '      copy: {dest: /etc/a, content: x}',
    '      notify: Absent',
    '    - name: Fine',
    '      copy: {dest: /etc/b, content: x}',
    '      notify: Wrong by itself',
    '    - import_tasks: more.yaml',
    '      loop: [a]',
    '    - meta: flush_handlers',
    '      when: a',
    '  handlers:',
    '    - name: Wrong by itself',
    '      systemd: {nam: x, state: restarted}',
  ].join('\n');
  const more = '- name: Another\n  copy: {dest: etc/a}\n- name: And one more\n  command: {cmd: x}\n';
  expect(await problemsOf(play(tasks), { 'more.yaml': more })).toEqual([
    expect.stringMatching(/^site.yaml:5: task "Bad word": copy.contnt: unknown key, did you mean "content"/),
    expect.stringMatching(/^site.yaml:7: task "Bad rule": copy: needs src or content/),
    expect.stringMatching(/^site.yaml:9: task "No such template": template: there is no file/),
    expect.stringMatching(/^site.yaml:12: task "Bad condition": when: "a ==": it ends/),
    expect.stringMatching(/^site.yaml:13: task "Bad condition": ignore_errors: is not here/),
    expect.stringMatching(/^site.yaml:14: task "Bad handler" notifies "Absent"/),
    expect.stringMatching(/^site.yaml:21: task 7, without a name: loop: says nothing with import_tasks/),
    expect.stringMatching(/^site.yaml:23: task 8, without a name: when: says nothing with meta/),
    expect.stringMatching(/^site.yaml:26: handler "Wrong by itself": systemd.name: is missing/),
    expect.stringMatching(/^site.yaml:26: handler "Wrong by itself": systemd.nam: unknown key/),
    expect.stringMatching(/^more.yaml:2: task "Another": copy.dest: must be an absolute path/),
    expect.stringMatching(/^more.yaml:4: task "And one more": command: a command needs creates/),
  ]);
});
