import { describe, expect, it } from 'vitest';
import { loadPlaybook } from '../../../installer/playbook/load-playbook.ts';
import { play, problemsOf, problemsOfTask } from './problems.ts';
import { writePlaybook } from './write-playbook.ts';

describe('words of Ansible that are not here', () => {
  it.each([
    ['shell: echo a | cat', 'shell: is not here: no shell reads what is to be run; write command: {argv:'],
    ['ansible.builtin.shell: {cmd: x}', '"ansible.builtin.shell": is not here: no shell reads'],
    ['service: {name: x, state: started}', 'service: is not here: write systemd'],
    ['ansible.builtin.systemd_service: {name: x}', 'is not here: write systemd'],
    ['debug: {msg: x}', 'debug: is not here: a run shows what it changes and no more'],
    ['include_tasks: x.yaml', 'include_tasks: is not here: write import_tasks'],
    ['set_fact: {a: 1}', 'set_fact: is not here: write vars'],
    ['get_url: {url: x}', 'get_url: is not here: there is nowhere to fetch from'],
    ['block: []', 'block: is not here: give each task its own when'],
  ])('%s', async (line, words) => {
    const problems = await problemsOfTask(line);
    expect(problems).toEqual([expect.stringContaining(`site.yaml:5: task "It": `)]);
    expect(problems[0]).toContain(words);
    expect(problems[0]?.length).toBeLessThan(250);
  });

  it.each([
    ['with_items: [a]', 'with_items: is not here: write loop'],
    ['with_fileglob: [a]', 'with_fileglob: is not here: write loop'],
    ['ignore_errors: true', 'ignore_errors: is not here: a failure is never passed over'],
    ['failed_when: false', 'failed_when: is not here: register what a command'],
    ['delegate_to: n2', 'delegate_to: is not here: a task is done on the host of its play'],
    ['environment: {A: b}', 'environment: is not here: write command: {argv: [env'],
    ['listen: x', 'listen: is not here: notify handlers by their names'],
    ['become: yes', 'become: can only be true (yes would be a text)'],
    ['no_log: yes', 'no_log: must be true or false, but is the text "yes"; write true'],
    ['changed_when: false', 'changed_when: is not for copy, which knows by itself what it changed'],
  ])('%s beside a module: it alone is told', async (line, words) => {
    const problems = await problemsOfTask('copy: {dest: /etc/a, content: x}', `      ${line}\n`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^site.yaml:6: task "It": /);
    expect(problems[0]).toContain(words);
  });

  it.each([
    ['roles: [x]', 'roles: is not here: write import_tasks'],
    ['pre_tasks: []', 'pre_tasks: is not here: write them first under tasks'],
    ['serial: 1', 'serial: is not here: hosts are worked on side by side'],
    ['gather_facts: no', 'gather_facts: must be true or false, but is the text "no"; write false'],
    ['copy: {dest: /a}', 'copy: unknown key; modules stand in the tasks of a play'],
    ['task: []', 'task: unknown key, did you mean "tasks"?'],
    [
      'whatever: 1',
      'whatever: unknown key; known here: name, hosts, become, gather_facts, vars, tasks, handlers',
    ],
  ])('%s in a play', async (line, words) => {
    expect(await problemsOf(`- name: P\n  hosts: all\n  ${line}\n  tasks: []\n`)).toEqual([
      expect.stringContaining(`site.yaml:3: play "P": ${words}`),
    ]);
  });

  it('in arguments too: a free form, and yes for true', async () => {
    expect(await problemsOfTask('command: systemctl daemon-reload')).toEqual([
      expect.stringMatching(
        /task "It": command: must be a block of keys .* for example: command: \{argv: \[update-initramfs, -u\]/,
      ),
    ]);
    expect(await problemsOfTask('systemd: {name: x, enabled: yes}')).toEqual([
      expect.stringContaining('systemd.enabled: must be true or false, but is the text "yes"; write true'),
    ]);
  });

  it('filters and blocks of Jinja are named when the playbook is read', async () => {
    expect(await problemsOfTask(`copy: {dest: /etc/a, content: "{{ a | default('b') }}"}`)).toEqual([
      expect.stringMatching(/site.yaml:5: task "It": copy: "\{\{ a \| default.*without filters \(\|\)/),
    ]);
  });
});

describe('a word that nobody knows', () => {
  it('is told with the modules, each once', async () => {
    const [problem = ''] = await problemsOfTask('frobnicate: {}');
    expect(problem).toContain('unknown key; modules: apt, artifact, assert, blockinfile, command,');
    expect(problem).not.toContain('ansible.');
    expect(problem.length).toBeLessThan(450);
  });

  it('with a letter of another alphabet is shown with the number of that letter', async () => {
    expect(await problemsOfTask('\u0441opy: {dest: /etc/a, content: x}')).toEqual([
      expect.stringContaining('unknown key, did you mean "copy"?; "\u0441opy" has "\u0441" (U+0441)'),
    ]);
  });
});

describe('the long names of modules', () => {
  it('are understood where Ansible has them', async () => {
    const tasks = [
      'ansible.builtin.copy: {dest: /etc/a, content: x}',
      'ansible.posix.sysctl: {name: net.x, value: 1}',
      'community.general.modprobe: {name: x}',
    ];
    const main = play(tasks.map((line) => `    - name: It\n      ${line}\n`).join(''));
    const { plays } = await loadPlaybook(await writePlaybook(main));
    expect(plays[0]?.tasks.map((item) => item.kind === 'task' && item.module.name)).toEqual([
      'copy',
      'sysctl',
      'modprobe',
    ]);
  });

  it.each([
    ['ansible.posix.apt: {name: x}', 'the module is called apt or ansible.builtin.apt'],
    ['ansible.builtin.mount: {path: /a}', 'the module is called mount or ansible.posix.mount'],
    ['ansible.builtin.debs: {artifact: x}', 'the module is called debs'],
  ])('%s is not one of them', async (line, words) => {
    expect(await problemsOfTask(line)).toEqual([expect.stringContaining(words)]);
  });
});
