import { describe, expect, it } from 'vitest';
import { applyPhases } from '../../../installer/engine/apply-phases.ts';
import { planPhases } from '../../../installer/engine/plan-phases.ts';
import { afterInstall } from '../../../installer/phases/after-install.ts';
import { describeHostPhase } from '../suites/phase-suite.ts';
import { worldWithPlaybook } from './world-with-playbook.ts';

/** Nothing but the first task can be looked at before it is done. */
const waiting = `- name: What builds on itself
  hosts: [control-plane, worker]
  tasks:
    - name: A folder
      command: {argv: [mkdir, /srv/app], creates: /srv/app}
    - name: Whether it is there
      stat: {path: /srv/app}
      register: app
    - name: Its rights
      file: {path: /srv/app, mode: '0750'}
    - name: Its settings
      copy: {dest: /srv/app/settings, content: 'for {{node.name}}'}
      when: app.stat.exists
      notify: Tell
    - name: It is one
      assert: {that: app.stat.isdir}
    - name: One more setting
      lineinfile: {path: /srv/app/more, line: x, create: true}
    - name: The same again
      copy: {dest: '/srv/app/{{item}}', content: '{{app.stat.mode}}'}
      loop: [a, b]
      when: app.stat.exists
  handlers:
    - name: Tell
      copy: {dest: /srv/told, content: x}
`;

describe('tasks that wait for changes above them', () => {
  describeHostPhase(afterInstall, () => worldWithPlaybook('after-install', waiting));

  it('are planned as such', async () => {
    const plan = await planPhases([afterInstall], (await worldWithPlaybook('after-install', waiting)).setup);
    expect(plan.phases[0]?.targets[0]?.changes.map(({ sentence }) => sentence)).toEqual([
      'run mkdir /srv/app',
      expect.stringMatching(/^"Its rights" depends on changes above; as it is, \/srv\/app is not there/),
      '"Its settings" depends on changes above',
      expect.stringMatching(
        /^"It is one" depends on changes above; as it is, there is no variable app.stat.isdir/,
      ),
      'create /srv/app/more',
      '"The same again" depends on changes above',
      'tell, if changes above ask for it',
    ]);
  });
});

it('tasks that undo one another are a fault of the playbook, named with file and line', async () => {
  const fighting = `- name: Two minds
  hosts: all
  tasks:
    - name: One
      copy: {dest: /etc/a, content: "a\\n"}
    - name: Other
      lineinfile: {path: /etc/a, line: b}
`;
  const { setup } = await worldWithPlaybook('after-install', fighting);
  await expect(applyPhases([afterInstall], setup)).rejects.toMatchObject({
    code: 'E_PLAYBOOK_TASK',
    message: expect.stringContaining('"One" (after-install.yaml:4) cannot stay done'),
  });
});

it('what a task registered before a change is what a task below that change sees', async () => {
  const first = `- name: Once
  hosts: all
  tasks:
    - name: Was it there
      stat: {path: /srv/app}
      register: before
    - name: A folder
      command: {argv: [mkdir, /srv/app], creates: /srv/app}
    - name: The first time
      copy: {dest: /srv/first, content: x}
      when: not before.stat.exists
`;
  const { setup, hosts } = await worldWithPlaybook('after-install', first);
  await applyPhases([afterInstall], setup);
  expect(hosts[0]?.files.text('/srv/first')).toBe('x');
});

it('a play for nobody stops before any host is asked', async () => {
  const { setup, hosts } = await worldWithPlaybook(
    'after-install',
    waiting.replace('[control-plane,', '[controlplane,'),
  );
  await expect(planPhases([afterInstall], setup)).rejects.toMatchObject({
    code: 'E_PLAYBOOK_INVALID',
    findings: [
      expect.stringMatching(/^after-install.yaml:2: play .* "controlplane", did you mean "control-plane"/),
    ],
  });
  expect(hosts[0]?.queries).toEqual([]);
});
