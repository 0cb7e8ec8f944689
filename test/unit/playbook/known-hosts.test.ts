import { describe, expect, it } from 'vitest';
import { assertHosts, loadPlaybook } from '../../../installer/playbook/load-playbook.ts';
import { withTags } from '../../../installer/playbook/tags.ts';
import { problemsOf } from './problems.ts';
import { playbookOf, writePlaybook } from './write-playbook.ts';

const known = { names: ['node-1', 'node-2'], groups: ['control-plane', 'worker'] };
const playFor = (hosts: string): string => `- name: P\n  hosts: ${hosts}\n  tasks: []\n`;

describe('a play for somebody whom the site does not have', () => {
  it.each([
    ['node-3', 'no node and no group is called "node-3", did you mean "node-1"?'],
    [
      '[all, nope]',
      'no node and no group is called "nope"; there is all, control-plane, worker, node-1, node-2',
    ],
    ['workers', 'no node and no group is called "workers", did you mean "worker"?'],
    // The letter looks the same, and a hardening play would never run.
    [
      'nod\u0435-1',
      '"nod\u0435-1", did you mean "node-1"?; "nod\u0435-1" has "\u0435" (U+0435), which is none of a to z',
    ],
    ['\u0443\u0437\u0435\u043b1', '(U+0443), which is none of a to z'],
    ["'all:!node-1'", '"all:!node-1" is a pattern; name nodes and groups in a list'],
    ['node-1,node-2', 'is a pattern'],
  ])('%s is named with its line', async (hosts, words) => {
    const problems = await problemsOf(playFor(hosts), {}, known);
    expect(problems).toEqual([expect.stringMatching(/^site.yaml:2: play "P": hosts: /)]);
    expect(problems[0]).toContain(words);
    const playbook = await loadPlaybook(await writePlaybook(playFor(hosts)));
    expect(() => assertHosts(playbook, known)).toThrow(/has 1 problem/);
  });

  it('is told together with everything else', async () => {
    expect(await problemsOf(`${playFor('nope')}- name: Q\n  hosts: all\n`, {}, known)).toHaveLength(2);
  });
});

it.each(['all', 'worker', 'control-plane', 'node-2', '[worker, node-1]'])(
  'a play for %s is right, whether or not there is such a node',
  async (hosts) => {
    const path = await writePlaybook(playFor(hosts));
    await expect(loadPlaybook(path, { ...known, names: ['node-1', 'node-2'] })).resolves.toBeDefined();
  },
);

describe('tags', () => {
  const tasks = [
    ['A', '[first, both]'],
    ['B', '[second, both]'],
    ['C', 'always'],
    ['D', '[never, risky]'],
    ['E', '[]'],
  ].map(([name, tags]) =>
    tags === '[]'
      ? `    - name: ${name}\n      file: {path: /a, state: absent}\n`
      : `    - name: ${name}\n      file: {path: /a, state: absent}\n      tags: ${tags}\n`,
  );
  const chosen = async (...tags: string[]): Promise<string> =>
    withTags(await playbookOf(tasks.join('')), tags)
      .plays.flatMap((play) => play.tasks)
      .map((item) => (item.kind === 'task' ? item.name : ''))
      .join('');

  it('choose tasks as Ansible does', async () => {
    expect(await chosen()).toBe('ABCE');
    expect(await chosen('first')).toBe('AC');
    expect(await chosen('first,second')).toBe('ABC');
    expect(await chosen('risky')).toBe('CD');
    expect(await chosen('all')).toBe('ABCE');
  });

  it.each([
    ['frist', 'No task of the playbook site has the tag "frist", did you mean "first"?'],
    ['nosuch', 'No task of the playbook site has the tag "nosuch".'],
    ['\u0430lways', '(U+0430)'],
  ])('%s that no task has are named', async (tag, words) => {
    await expect(chosen(tag)).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringContaining(words),
      hint: 'Its tags: always, both, first, never, risky, second',
    });
  });
});
