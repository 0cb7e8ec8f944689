import { describe, expect, it } from 'vitest';
import { silentEvents } from '../../../installer/base/events.ts';
import { loadPlaybook } from '../../../installer/playbook/load-playbook.ts';
import type { Playbook } from '../../../installer/playbook/playbook.ts';
import { inspectPlaybook, planPlaybook } from '../../../installer/playbook/playbook-changes.ts';
import { type HostRun, runPlaybook } from '../../../installer/playbook/run-playbook.ts';
import type { MemoryCommand } from '../../../installer/testkit/memory-command.ts';
import { MemoryHost } from '../../../installer/testkit/memory-host.ts';
import { stateOf } from '../suites/state-of.ts';
import { playbookOf, writePlaybook } from './write-playbook.ts';

interface Given {
  readonly check?: boolean;
  readonly variables?: Readonly<Record<string, unknown>>;
}

async function run(playbook: Playbook, host: MemoryHost, given: Given = {}): Promise<HostRun> {
  const { check = false, variables = {} } = given;
  const prepare = async () => ({ host, groups: [], variables });
  const options = { check, signal: new AbortController().signal };
  const [only] = await runPlaybook(playbook, [host.name], prepare, options, silentEvents);
  return only as HostRun;
}

const sentences = ({ changes }: HostRun): string[] => changes.map(({ sentence }) => sentence);

/** It goes through, and the next run finds nothing to do. */
async function expectDone(playbook: Playbook, host: MemoryHost, given: Given = {}): Promise<string[]> {
  const done = await run(playbook, host, given);
  expect(done.failure).toBeUndefined();
  expect(await run(playbook, host, given)).toMatchObject({ changes: [], recap: { changed: 0, failed: 0 } });
  return sentences(done);
}

/** A program whose file says with what it ends. */
const checker: MemoryCommand = ({ files }) => {
  const text = files.text('/etc/app.conf');
  return { exitCode: text === undefined ? 2 : text.includes('bad') ? 1 : 0, stdout: text ?? '' };
};
/** Makes the path that is its first word. */
const make: MemoryCommand = ({ files }, [, path = '']) => {
  files.edit(path, '');
  return {};
};
const hostWith = (): MemoryHost => new MemoryHost({ commands: { 'check-app': checker, make } });

describe('a task that cannot be looked at before the changes above it are made', () => {
  const line = `
    - name: The file
      copy: {dest: /etc/x1, content: "a\\n"}
    - name: A line of it
      lineinfile: {path: /etc/x1, line: b, insertafter: ^a}
    - name: And its owner
      file: {path: /etc/x2, owner: daemon}`;

  it('is told so in a plan, and does not count as a change', async () => {
    const playbook = await playbookOf(line.replace('/etc/x2', '/etc/x1'));
    const host = new MemoryHost();
    const checked = await run(playbook, host, { check: true });
    expect(sentences(checked)).toEqual([
      'create /etc/x1',
      '"A line of it" depends on changes above; as it is, /etc/x1 is not there; say create: true to make it',
      '"And its owner" depends on changes above; as it is, /etc/x1 is not there; state: touch makes it empty, state: directory a folder',
    ]);
    expect(checked.changes.map(({ data }) => data.waits)).toEqual([false, true, true]);
    expect(checked.recap).toMatchObject({ ok: 3, changed: 1, failed: 0 });
    expect(host.changes).toEqual([]);
  });

  it('keeps quiet about why when it was asked to', async () => {
    const quiet = line
      .replace('insertafter: ^a}', 'insertafter: ^a}\n      no_log: true')
      .replace('x2', 'x1');
    const { changes } = await run(await playbookOf(quiet), new MemoryHost(), { check: true });
    expect(changes[1]?.sentence).toBe('"A line of it" depends on changes above');
  });

  it('is done once they are made', async () => {
    const playbook = await playbookOf(`
    - name: The file
      command: {argv: [make, /etc/x1], creates: /etc/x1}
    - name: A line of it
      lineinfile: {path: /etc/x1, line: b}
    - name: And its owner
      file: {path: /etc/x1, owner: daemon}`);
    const host = hostWith();
    expect(await expectDone(playbook, host)).toEqual([
      'run make /etc/x1',
      expect.stringContaining('change the content of /etc/x1'),
      'change owner root to daemon of /etc/x1',
    ]);
    expect(host.files.text('/etc/x1')).toBe('b\n');
  });

  // The first task wants back what the second one added, with Ansible as here.
  it('may be one that undoes another: both are done, and the run says so', async () => {
    const host = new MemoryHost();
    const notes: string[] = [];
    const playbook = await playbookOf(line.replace('x2', 'x1'));
    const [done] = await runPlaybook(
      playbook,
      ['n1'],
      async () => ({ host, groups: [], variables: {} }),
      { check: false, signal: new AbortController().signal },
      { emit: (event) => void (event.kind === 'note' && notes.push(event.text)) },
    );
    expect(done).toMatchObject({ recap: { changed: 3, failed: 0 } });
    expect([host.files.text('/etc/x1'), host.files.status('/etc/x1')?.owner]).toEqual(['a\nb\n', 'daemon']);
    expect(notes.at(-1)).toMatch(
      /^"The file" \(site.yaml:5\) cannot stay done: another task undoes .*every run/,
    );
  });

  it('fails when they do not mend it; what was done before is counted and told', async () => {
    const host = new MemoryHost();
    const { recap, changes, failure } = await run(await playbookOf(line), host);
    expect(failure).toMatchObject({
      code: 'E_PLAYBOOK_TASK',
      message: expect.stringMatching(/^n1: task "And its owner" at site.yaml:\d+: \/etc\/x2 is not there/),
    });
    expect(recap).toMatchObject({ ok: 2, changed: 2, failed: 1, unreachable: 0 });
    expect(changes.map(({ sentence }) => sentence)).toEqual([
      'create /etc/x1',
      expect.stringContaining('change the content of /etc/x1'),
    ]);
  });

  it('fails before anything is changed when nothing is changed above it', async () => {
    const host = new MemoryHost();
    const turned = line.replace('name: The file', 'name: The end').replaceAll('x1', 'x3');
    const first = '\n    - name: First\n      lineinfile: {path: /etc/x4, line: b}';
    const { recap, changes, failure } = await run(await playbookOf(first + turned), host);
    expect([host.changes, changes, recap.ok, recap.failed]).toEqual([[], [], 0, 1]);
    expect(failure).toMatchObject({ message: expect.stringContaining('task "First"') });
  });

  it.each([
    ['a variable that nobody gives', "copy: {dest: /etc/b, content: '{{absent}}'}", 'no variable absent'],
    ['a condition about it', 'assert: {that: host.absent}', 'no variable host.absent'],
    ['a condition that does not hold', 'assert: {that: not true}', 'an assertion failed'],
    ['a package that the bundle lacks', 'apt: {name: absent}', 'holds no package absent'],
    [
      'an argument that makes no sense',
      "file: {path: '{{word}}', state: absent}",
      'must be an absolute path',
    ],
  ])('fails before anything is changed for %s', async (_what, module, words) => {
    const tasks = `\n    - name: A\n      copy: {dest: /etc/a, content: x}\n    - name: B\n      ${module}`;
    const host = new MemoryHost();
    const { failure } = await run(await playbookOf(tasks), host, { variables: { word: 'x', host: {} } });
    expect(failure).toMatchObject({ message: expect.stringContaining(words) });
    expect(host.changes).toEqual([]);
  });

  it('may lie in another play', async () => {
    const second = `
- name: Second
  hosts: all
  tasks:
    - name: A line
      lineinfile: {path: /etc/new, line: b}`;
    const host = hostWith();
    const playbook = await playbookOf(
      '    - name: A\n      command: {argv: [make, /etc/new], creates: /etc/new}',
      second,
    );
    await expectDone(playbook, host);
    expect(host.files.text('/etc/new')).toBe('b\n');
  });
});

describe('a task that asks for a registered result', () => {
  it('sees what is there when the run comes to it', async () => {
    const playbook = await playbookOf(`
    - name: The file
      copy: {dest: /etc/x9, content: x}
    - name: Look
      stat: {path: /etc/x9}
      register: found
    - name: It is there
      assert: {that: found.stat.exists}
    - name: Follow-up
      copy: {dest: /etc/after, content: '{{found.stat.mode}}'}
      when: found.stat.exists`);
    const host = new MemoryHost();
    expect(sentences(await run(playbook, host, { check: true }))).toEqual([
      'create /etc/x9',
      '"It is there" depends on changes above; as it is, an assertion failed: found.stat.exists',
      '"Follow-up" depends on changes above',
    ]);
    expect(await expectDone(playbook, host)).toEqual(['create /etc/x9', 'create /etc/after']);
    expect(host.files.text('/etc/after')).toBe('0644');
  });

  it('is done in its place, before what builds on it', async () => {
    const playbook = await playbookOf(`
    - name: Settings
      copy: {dest: /etc/app.conf, content: good}
    - name: Look
      stat: {path: /etc/app.conf}
      register: settings
    - name: Set up
      command: {argv: [make, /var/set-up], creates: /var/set-up}
      when: settings.stat.exists
    - name: Use it
      command: {argv: [make, /var/used], creates: /var/used}`);
    const host = hostWith();
    expect(await expectDone(playbook, host)).toEqual([
      'create /etc/app.conf',
      'run make /var/set-up',
      'run make /var/used',
    ]);
  });

  it('is judged by what was before, where that was registered before', async () => {
    const playbook = await playbookOf(`
    - name: Was it there
      stat: {path: /etc/app.conf}
      register: before
    - name: Settings
      copy: {dest: /etc/app.conf, content: good}
    - name: First time
      command: {argv: [make, /var/first], creates: /var/first}
      when: not before.stat.exists`);
    const host = hostWith();
    expect(await expectDone(playbook, host)).toEqual(['create /etc/app.conf', 'run make /var/first']);
  });

  const guarded = `
    - name: Settings
      copy: {dest: /etc/app.conf, content: '{{content}}'}
      notify: Restart
    - name: Are they right
      command: {argv: [check-app], changed_when: false}
      register: verdict
    - name: They are
      assert: {that: verdict.rc == 0, fail_msg: the settings are wrong}`;
  const restart = '  handlers:\n    - name: Restart\n      command: {argv: [make, /var/restarted]}\n';

  it('stops the run before the handler when it does not hold any more', async () => {
    const playbook = await playbookOf(guarded, restart);
    const host = hostWith();
    await expectDone(playbook, host, { variables: { content: 'good' } });
    host.files.remove('/var/restarted');
    const { recap, failure } = await run(playbook, host, { variables: { content: 'bad' } });
    expect(failure).toMatchObject({ message: expect.stringContaining('the settings are wrong') });
    expect([recap.changed, recap.failed, host.files.text('/var/restarted')]).toEqual([1, 1, undefined]);
    await expectDone(playbook, host, { variables: { content: 'better' } });
    expect(host.files.text('/var/restarted')).toBe('');
  });

  it('may be a handler, also where handlers are flushed', async () => {
    const asking = restart.replace(
      'make, /var/restarted]}',
      'make, /var/restarted]}\n      when: verdict.rc == 0',
    );
    for (const tasks of [guarded, `${guarded}\n    - meta: flush_handlers`].map((all) =>
      all.replace(/\n {4}- name: They are\n.*/, ''),
    )) {
      const playbook = await playbookOf(tasks, asking);
      const [good, bad] = [hostWith(), hostWith()];
      await expectDone(playbook, good, { variables: { content: 'good' } });
      await expectDone(playbook, bad, { variables: { content: 'bad' } });
      expect([good, bad].map(({ files }) => files.text('/var/restarted'))).toEqual(['', undefined]);
    }
  });

  it('a handler that asks for what nobody registers is named before anything is changed', async () => {
    const host = hostWith();
    const playbook = await playbookOf(
      '    - name: A\n      copy: {dest: /etc/a, content: x}\n      notify: Restart\n',
      restart.replace('restarted]}', 'restarted]}\n      when: nowhere.rc == 0'),
    );
    const { failure } = await run(playbook, host, { check: true });
    expect(failure).toMatchObject({
      code: 'E_PLAYBOOK_TASK',
      message: expect.stringContaining('task "Restart"'),
    });
  });

  it('may loop over it', async () => {
    const playbook = await playbookOf(`
    - name: Settings
      copy: {dest: /etc/app.conf, content: "one\\ntwo\\n"}
    - name: Read them
      command: {argv: [check-app], changed_when: false}
      register: said
    - name: One of each
      copy: {dest: '/etc/{{item}}', content: x}
      loop: '{{said.stdout_lines}}'
      when: item`);
    const host = hostWith();
    expect(await expectDone(playbook, host)).toEqual([
      'create /etc/app.conf',
      'create /etc/one',
      'create /etc/two',
    ]);
  });

  it('may stand in a later play, and in a template', async () => {
    const playbook = await playbookOf(
      '    - name: Ask\n      command: {argv: [cat], stdin: spoken, changed_when: false}\n      register: answer\n',
      "- name: Second\n  hosts: all\n  tasks:\n    - name: Use\n      copy: {dest: /etc/said, content: '{{answer.stdout}}'}\n",
    );
    const host = new MemoryHost();
    await expectDone(playbook, host);
    expect(host.files.text('/etc/said')).toBe('spoken');
  });
});

it('a template that names a registered result waits like any other task', async () => {
  const main = `- name: Play
  hosts: all
  tasks:
    - name: The file
      copy: {dest: /etc/app.conf, content: good}
    - name: Read it
      command: {argv: [check-app], changed_when: false}
      register: said
    - name: Report
      template: {src: report.hbs, dest: /etc/report}
`;
  const file = await writePlaybook(main, { 'templates/report.hbs': 'it said {{said.stdout}}\n' });
  const host = hostWith();
  await expectDone(await loadPlaybook(file), host);
  expect(host.files.text('/etc/report')).toBe('it said good\n');
});

it('a run with tasks that wait ends in the same state wherever it is cut off', async () => {
  const playbook = await playbookOf(
    `
    - name: The file
      command: {argv: [make, /etc/app.conf], creates: /etc/app.conf}
    - name: A line
      lineinfile: {path: /etc/app.conf, line: good}
      notify: Restart
    - name: Are they right
      command: {argv: [check-app], changed_when: false}
      register: verdict
    - name: They are
      assert: {that: verdict.rc == 0}
    - name: What they say
      copy: {dest: '/etc/said-{{item}}', content: x}
      loop: '{{verdict.stdout_lines}}'
      when: item`,
    '  handlers:\n    - name: Restart\n      command: {argv: [make, /var/restarted]}\n',
  );
  const reference = hostWith();
  await expectDone(playbook, reference);
  const total = reference.changes.length;
  expect(total).toBeGreaterThan(4);
  for (let done = 0; done < total; done += 1) {
    for (const kind of ['killed', 'lost'] as const) {
      const host = hostWith();
      host.interruptAfter(done, kind);
      await run(playbook, host);
      host.reconnect();
      await expectDone(playbook, host);
      expect(stateOf(host), `${kind} ${done}`).toEqual(stateOf(reference));
    }
  }
});

it('planning is pure: the same looks give the same plan', async () => {
  const playbook = await playbookOf('    - name: A\n      copy: {dest: /etc/a, content: x}\n');
  const looks = await inspectPlaybook(playbook, { host: new MemoryHost(), groups: [], variables: {} });
  expect(planPlaybook(looks)).toEqual(planPlaybook(looks));
});
