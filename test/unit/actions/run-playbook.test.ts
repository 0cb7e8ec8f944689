import { expect, it } from 'vitest';
import { runPlaybookOnSite } from '../../../installer/actions/run-playbook.ts';
import { memoryWorld } from '../phases/memory-world.ts';
import { playbookOf } from '../playbook/write-playbook.ts';

const options = { check: false, signal: new AbortController().signal };

it('a play for somebody whom the site does not have stops before anything is made or asked', async () => {
  const { setup, hosts } = await memoryWorld(1);
  const playbook = await playbookOf('    - name: A\n      copy: {dest: /etc/a, content: x}\n');
  const other = { ...playbook, plays: playbook.plays.map((play) => ({ ...play, hosts: ['n2'] })) };
  await expect(runPlaybookOnSite(other, setup, setup.site.nodes, options)).rejects.toMatchObject({
    code: 'E_PLAYBOOK_INVALID',
    findings: ['site.yaml:2: play "Play": hosts: no node and no group is called "n2", did you mean "n1"?'],
  });
  expect([setup.credentials.names(), hosts[0]?.queries, hosts[0]?.changes]).toEqual([[], [], []]);
});

it('a play for a group without a node has nothing to do', async () => {
  const { setup, hosts } = await memoryWorld(1);
  const playbook = await playbookOf('    - name: A\n      copy: {dest: /etc/a, content: x}\n');
  const control = {
    ...setup.site,
    nodes: setup.site.nodes.map((node) => ({ ...node, roles: ['control-plane'] as const })),
  };
  const other = { ...playbook, plays: playbook.plays.map((play) => ({ ...play, hosts: ['worker'] })) };
  const [run] = await runPlaybookOnSite(other, { ...setup, site: control }, control.nodes, options);
  expect(run).toMatchObject({ changes: [], recap: { ok: 0, failed: 0 } });
  expect(hosts[0]?.changes).toEqual([]);
});

it('a site of one node does what its playbook says', async () => {
  const { setup, hosts } = await memoryWorld(1);
  const playbook = await playbookOf(
    "    - name: A\n      copy: {dest: /etc/a, content: 'for {{node.name}}'}\n",
  );
  const [run] = await runPlaybookOnSite(playbook, setup, setup.site.nodes, options);
  expect(run).toMatchObject({
    recap: { host: 'n1', ok: 1, changed: 1 },
    changes: [{ sentence: 'create /etc/a' }],
  });
  expect(hosts[0]?.files.text('/etc/a')).toBe('for n1');
});
