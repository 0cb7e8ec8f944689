import { describe, expect, it } from 'vitest';
import { productDirectory } from '../../../installer/base/files.ts';
import { loadPlaybook } from '../../../installer/playbook/load-playbook.ts';
import { play, problemsOf } from './problems.ts';
import { writePlaybook } from './write-playbook.ts';

describe('a playbook', () => {
  it('is read with its imported files, conditions and tags inherited', async () => {
    const main = play('    - import_tasks: more/tasks.yaml\n      when: a.b == 1\n      tags: [outer]\n');
    const tasks =
      "- name: First\n  copy: {dest: /etc/a, content: x, mode: '0644'}\n  tags: inner\n- name: First\n  ansible.builtin.file: {path: /b, state: absent}\n  when: not c\n";
    const { name, plays } = await loadPlaybook(await writePlaybook(main, { 'more/tasks.yaml': tasks }));
    expect(name).toBe('site');
    const found = plays[0]?.tasks.flatMap((task) => (task.kind === 'task' ? [task] : []));
    expect(
      found?.map(({ id, place, tags, when, module }) => [id, place, tags, when.length, module.name]),
    ).toEqual([
      ['tasks/first', 'more/tasks.yaml:1', ['outer', 'inner'], 1, 'copy'],
      ['tasks/first-2', 'more/tasks.yaml:4', ['outer'], 2, 'file'],
    ]);
  });

  it('of the product itself is whole', async () => {
    const { plays } = await loadPlaybook(productDirectory('playbooks', 'prepare-node.yaml'));
    expect(plays[0]?.tasks.length).toBeGreaterThan(20);
  });

  it('keeps texts that look like numbers as they are written', async () => {
    const { plays } = await loadPlaybook(
      await writePlaybook(play('    - name: A\n      copy: {dest: /etc/a, content: 1.10, mode: 0644}\n')),
    );
    expect(plays[0]?.tasks[0]).toMatchObject({ args: { content: '1.10', mode: '0644' } });
  });
});

describe('all problems of all files are named at once', () => {
  it('with file, line and what was probably meant', async () => {
    const main = [
      '- name: Play',
      '  hosts: all',
      '  task: []',
      '  tasks:',
      '    - name: Wrong module',
      '      copi: {dest: /etc/a}',
      '    - name: Wrong argument',
      '      copy: {dst: /etc/a, content: x}',
      '    - name: Wrong mode',
      "      file: {path: etc/a, state: present, mode: 'rw'}",
      '    - import_tasks: other.yaml',
      '    - import_tasks: absent.yaml',
    ].join('\n');
    const problems = await problemsOf(main, { 'other.yaml': '- name: A\n  sysctl: {name: net.x}\n- 7\n' });
    expect(problems).toEqual([
      expect.stringMatching(/^site.yaml:3: play "Play": task: unknown key, did you mean "tasks"/),
      expect.stringMatching(/^site.yaml:6: task "Wrong module": copi: unknown key, did you mean "copy"/),
      expect.stringMatching(/^site.yaml:8: .*dest: is missing/),
      expect.stringMatching(/^site.yaml:8: .*dst: unknown key, did you mean "dest"/),
      expect.stringMatching(/^site.yaml:10: .*path: must be an absolute path/),
      expect.stringMatching(
        /^site.yaml:10: .*state: is the text "present"; allowed: file, directory, link, touch, absent/,
      ),
      expect.stringMatching(/^site.yaml:10: .*mode: must be permission bits/),
      expect.stringMatching(/^site.yaml:12: import_tasks: there is no file .*absent.yaml/),
      expect.stringMatching(/^other.yaml:2: .*value: is missing/),
      expect.stringMatching(/^other.yaml:3: .*must be a block of keys/),
    ]);
  });

  it('rules that need more than one key', async () => {
    const tasks = [
      '    - name: Two modules',
      '      copy: {dest: /etc/a, content: x}',
      '      file: {path: /etc/a}',
      '    - name: No module',
      '    - copy: {dest: /etc/a, content: x}',
      '    - name: Always',
      '      command: {cmd: reboot}',
      '    - name: Restart in a task',
      '      systemd: {name: x, state: restarted}',
      '    - name: Registers a change',
      '      copy: {dest: /etc/a, content: x}',
      '      register: written',
      '    - name: Bad condition',
      '      copy: {dest: /etc/a, content: x}',
      '      when: a ==',
      '    - name: Bad handler',
      '      copy: {dest: /etc/a, content: x}',
      '      notify: Restrat it',
      '    - name: No template',
      '      template: {src: absent.hbs, dest: /etc/a}',
      '    - import_tasks: ../outside.yaml',
      '  handlers:',
      '    - name: Restart it',
      '      systemd: {name: x, state: restarted}',
    ].join('\n');
    const problems = await problemsOf(play(tasks));
    const wanted = [
      /:4: task "Two modules": has several modules/,
      /:7: .*says no module/,
      /:8: task 3, without a name: every task says in words/,
      /:10: .*would run every time/,
      /:12: .*acts every time/,
      /:15: .*let the task notify a handler/,
      /:18: .*"a ==": it ends where a value should stand/,
      /:19: .*notifies "Restrat it", but there is no such handler, did you mean "Restart it"/,
      /:23: .*there is no file templates\/absent.hbs/,
      /:24: .*leads out of the folder/,
    ];
    expect(problems).toHaveLength(wanted.length);
    for (const [index, pattern] of wanted.entries()) expect(problems[index]).toMatch(pattern);
  });

  it('a file that imports itself, one with tabs, one that is not there', async () => {
    expect(
      await problemsOf(play('    - import_tasks: site-tasks.yaml\n'), {
        'site-tasks.yaml': '- import_tasks: site-tasks.yaml\n',
      }),
    ).toEqual([expect.stringContaining('imports too deep')]);
    expect(await problemsOf('- name: Play\n\thosts: all\n')).toContainEqual(
      expect.stringMatching(/^site.yaml:2: is indented with a tab/),
    );
    await expect(loadPlaybook('/nowhere/absent.yaml')).rejects.toMatchObject({ code: 'E_PLAYBOOK_INVALID' });
  });
});
