import { describe, expect, it } from 'vitest';
import { applyPlaybookChange, settlePlaybook } from '../../../installer/playbook/apply-playbook.ts';
import type { Playbook } from '../../../installer/playbook/playbook.ts';
import { inspectPlaybook, planPlaybook } from '../../../installer/playbook/playbook-changes.ts';
import { checkedRecap, describeRecap } from '../../../installer/playbook/recap.ts';
import { MemoryHost } from '../../../installer/testkit/memory-host.ts';
import { stateOf } from '../suites/state-of.ts';
import { playbookOf } from './write-playbook.ts';

const unit = '/etc/systemd/system/demo.service';

function target(host: MemoryHost, variables: Readonly<Record<string, unknown>> = {}) {
  return { host, groups: ['worker'], variables };
}

async function plan(playbook: Playbook, host: MemoryHost, variables = {}): Promise<string[]> {
  return planPlaybook(await inspectPlaybook(playbook, target(host, variables))).map(
    ({ sentence }) => sentence,
  );
}

async function run(playbook: Playbook, host: MemoryHost, variables = {}): Promise<void> {
  for (const change of planPlaybook(await inspectPlaybook(playbook, target(host, variables)))) {
    await applyPlaybookChange(playbook, change, target(host, variables));
  }
  await settlePlaybook(playbook, target(host, variables));
}

const serviceTasks = `
    - name: Unit
      copy: {dest: ${unit}, content: "[Service]"}
      notify: Restart demo
    - name: Demo
      systemd: {name: demo, enabled: true, state: started}
    - name: Settings
      copy: {dest: /etc/demo, content: '{{setting}}'}
      notify: Restart demo`;
const serviceHandlers = `
  handlers:
    - name: Restart demo
      systemd: {name: demo, state: restarted}
      notify: Tell
    - name: Tell
      copy: {dest: /etc/told, content: told}`;

describe('tasks', () => {
  it('loop over items, each with its own change', async () => {
    const playbook = await playbookOf(`
    - name: Settings
      sysctl: {name: '{{item.name}}', value: '{{item.value}}'}
      loop: '{{settings}}'`);
    const host = new MemoryHost();
    const settings = [
      { name: 'net.ipv4.ip_forward', value: 1 },
      { name: 'fs.inotify.max_user_watches', value: '65536' },
    ];
    const changes = planPlaybook(await inspectPlaybook(playbook, target(host, { settings })));
    expect(changes.map(({ id }) => id)).toEqual([
      'site/settings[net.ipv4.ip_forward]',
      'site/settings[fs.inotify.max_user_watches]',
    ]);
    await run(playbook, host, { settings });
    expect(await plan(playbook, host, { settings })).toEqual([]);
  });

  it('are only for the hosts that the play names', async () => {
    const playbook = await playbookOf('    - name: A\n      copy: {dest: /etc/a, content: x}\n');
    const other = {
      ...playbook,
      plays: playbook.plays.map((play) => ({ ...play, hosts: ['control-plane', 'n2'] })),
    };
    expect(await plan(other, new MemoryHost())).toEqual([]);
    expect(await plan(other, new MemoryHost({ name: 'n2' }))).toEqual(['create /etc/a']);
  });

  it('see what tasks before them registered', async () => {
    const playbook = await playbookOf(`
    - name: Look
      stat: {path: /etc/marker}
      register: marker
    - name: Ask
      command: {argv: [cat], stdin: spoken, changed_when: false}
      register: answer
    - name: Use both
      copy: {dest: /etc/result, content: '{{answer.stdout}}'}
      when: marker.stat.exists`);
    const host = new MemoryHost();
    expect(await plan(playbook, host)).toEqual([]);
    host.files.edit('/etc/marker', '');
    await run(playbook, host);
    expect(host.files.text('/etc/result')).toBe('spoken');
  });

  it('do not wait for results that they do not read', async () => {
    const playbook = await playbookOf(`
    - name: Look
      stat: {path: /etc/slow}
      register: slow
    - name: Other
      file: {path: '/etc/{{name}}', state: absent}
    - name: Reader
      assert: {that: [not slow.stat.exists]}`);
    const host = new MemoryHost();
    const [status, asked] = [host.status.bind(host), Promise.withResolvers<void>()];
    host.status = async (path) => {
      if (path === '/etc/other') asked.resolve();
      else await asked.promise;
      return await status(path);
    };
    expect(await plan(playbook, host, { name: 'other' })).toEqual([]);
  });

  it('fail once when what they wait for fails, and when nobody waits for it', async () => {
    const playbook = await playbookOf(`
    - name: Look
      stat: {path: '/etc/{{absent}}'}
      register: found
    - name: Reader
      assert: {that: [found.stat.exists]}
    - name: Last
      stat: {path: '/etc/{{absent}}'}
      register: unread`);
    const error = await plan(playbook, new MemoryHost()).catch((reason: unknown) => reason);
    expect((error as { findings: readonly string[] }).findings).toHaveLength(2);
  });

  it('that only become necessary by others are done in the same run', async () => {
    const playbook = await playbookOf(`
    - name: Look
      stat: {path: /etc/first}
      register: first
    - name: Second
      copy: {dest: /etc/second, content: x}
      when: first.stat.exists
    - name: First
      copy: {dest: /etc/first, content: x}`);
    const host = new MemoryHost();
    await run(playbook, host);
    expect(host.files.text('/etc/second')).toBe('x');
  });

  it('fail with file, line and task, all of them at once', async () => {
    const playbook = await playbookOf(`
    - name: No variable
      copy: {dest: /etc/a, content: 'x{{absent}}'}
    - name: Wrong value
      wait_for: {port: '{{port}}'}
    - name: Must hold
      assert: {that: "port == '1'", fail_msg: the port is wrong}`);
    const error = await inspectPlaybook(playbook, target(new MemoryHost(), { port: 'https' })).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'E_PLAYBOOK_TASK' });
    expect((error as { findings: readonly string[] }).findings).toEqual([
      expect.stringMatching(/^n1: task "No variable" at site.yaml:\d+: there is no variable absent/),
      expect.stringMatching(/task "Wrong value" .*wait_for.port must be a number, but is the text "https"/),
      expect.stringMatching(/task "Must hold" .*the port is wrong: port == '1'/),
    ]);
  });

  it('with no_log say nothing of what a file holds', async () => {
    const playbook = await playbookOf(`
    - name: Quiet
      copy: {dest: /etc/quiet, content: 'a secret word'}
      no_log: true`);
    const host = new MemoryHost();
    host.files.edit('/etc/quiet', 'an old secret');
    const looks = await inspectPlaybook(playbook, target(host));
    expect(JSON.stringify(planPlaybook(looks))).not.toContain('secret');
    expect(
      JSON.stringify(
        looks[0]?.looks.map((look) => (typeof look === 'object' && 'change' in look ? look.change : '')),
      ),
    ).not.toContain('secret');
  });
});

describe('handlers', () => {
  const variables = { setting: 'one' };

  it('run once after the tasks, in the order of their list, and not again', async () => {
    const playbook = await playbookOf(serviceTasks, serviceHandlers);
    const host = new MemoryHost();
    expect(await plan(playbook, host, variables)).toEqual([
      `create ${unit}`,
      'start and enable demo (unit demo: found inactive)',
      'create /etc/demo',
      'restart demo',
      'tell',
    ]);
    await run(playbook, host, variables);
    expect(host.machine.unit('demo.service').starts).toBe(2);
    expect(host.files.text('/etc/told')).toBe('told');
    expect(await plan(playbook, host, variables)).toEqual([]);
  });

  it('whose condition does not hold are left out, and leave nothing behind', async () => {
    const playbook = await playbookOf(
      "    - name: A\n      copy: {dest: /etc/a, content: '{{setting}}'}\n      notify: Never\n",
      "  handlers:\n    - name: Never\n      copy: {dest: /etc/never, content: x}\n      when: setting == 'two'\n",
    );
    const host = new MemoryHost();
    await run(playbook, host, variables);
    expect(host.files.text('/etc/never')).toBeUndefined();
    expect(await plan(playbook, host, { setting: 'two' })).toEqual([
      'change the content of /etc/a (content of /etc/a: found line 1: one)',
      'never',
    ]);
  });

  it('run at the point where they are flushed', async () => {
    const playbook = await playbookOf(
      '    - name: A\n      copy: {dest: /etc/a, content: x}\n      notify: H\n    - meta: flush_handlers\n    - name: B\n      copy: {dest: /etc/b, content: x}\n',
      '  handlers:\n    - name: H\n      copy: {dest: /etc/h, content: x}\n',
    );
    expect(await plan(playbook, new MemoryHost())).toEqual(['create /etc/a', 'h', 'create /etc/b']);
  });

  it('are not lost when the run is cut off anywhere', async () => {
    const playbook = await playbookOf(serviceTasks, serviceHandlers);
    const reference = new MemoryHost();
    await run(playbook, reference, variables);
    const startsAfterFirst = reference.machine.unit('demo.service').starts;
    reference.changes.length = 0;
    await run(playbook, reference, { setting: 'two' });
    const total = reference.changes.length;
    expect(total).toBeGreaterThan(3);
    for (let done = 0; done < total; done += 1) {
      const host = new MemoryHost();
      await run(playbook, host, variables);
      host.interruptAfter(done);
      await expect(run(playbook, host, { setting: 'two' })).rejects.toMatchObject({
        code: 'E_HOST_UNREACHABLE',
      });
      host.reconnect();
      await run(playbook, host, { setting: 'two' });
      expect(stateOf(host)).toEqual(stateOf(reference));
      expect(host.machine.unit('demo.service').starts).toBeGreaterThan(startsAfterFirst);
    }
  });
});

it('the recap counts as Ansible does', async () => {
  const playbook = await playbookOf(`
    - name: A
      copy: {dest: /etc/a, content: x}
    - name: B
      copy: {dest: /etc/b, content: x}
      when: false
    - name: C
      stat: {path: /etc/hosts}`);
  const looks = await inspectPlaybook(playbook, target(new MemoryHost()));
  const recap = checkedRecap('n1', looks, planPlaybook(looks));
  expect(recap).toEqual({ host: 'n1', ok: 2, changed: 1, unreachable: 0, failed: 0, skipped: 1 });
  expect(describeRecap([recap])).toMatch(
    /^PLAY RECAP \*+\nn1 +: ok=2 +changed=1 +unreachable=0 +failed=0 +skipped=1\n$/,
  );
});
