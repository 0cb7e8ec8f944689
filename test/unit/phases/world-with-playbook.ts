import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadSite } from '../../../installer/site/load-site.ts';
import type { PlaybookPoint } from '../../../installer/site/site-playbooks.ts';
import type { PhaseWorld } from '../suites/phase-suite.ts';
import { memoryWorld } from './memory-world.ts';
import { ownFolder } from './own-folder.ts';

const sharedCredentials = await ownFolder();

const playbook = `- name: What this site wants on its nodes
  hosts: all
  tasks:
    - import_tasks: own/tasks.yaml
    - name: A unit
      template: {src: agent.service.hbs, dest: /etc/systemd/system/agent.service}
      notify: Restart the agent
    - name: It runs
      systemd: {name: agent, enabled: true, state: started, daemon_reload: true}
  handlers:
    - name: Restart the agent
      systemd: {name: agent, state: restarted, daemon_reload: true}
`;
const tasks = '- name: A folder\n  file: {path: /srv/own, state: directory}\n';

/** A world of one host whose site brings a playbook of its own; by default with a file of tasks, a template and a handler. */
export async function worldWithPlaybook(point: PlaybookPoint, text = playbook): Promise<PhaseWorld> {
  const world = await memoryWorld(1, sharedCredentials);
  const directory = await ownFolder();
  await cp(world.setup.site.directory, directory, { recursive: true });
  const folder = join(directory, 'playbooks');
  await mkdir(join(folder, 'own'), { recursive: true });
  await mkdir(join(folder, 'templates'));
  await writeFile(join(folder, `${point}.yaml`), text);
  await writeFile(join(folder, 'own', 'tasks.yaml'), tasks);
  const unit = '[Service]\nExecStart=/bin/agent --node {{node.name}} --site {{site.name}}\n';
  await writeFile(join(folder, 'templates', 'agent.service.hbs'), unit);
  return { ...world, setup: { ...world.setup, site: await loadSite(directory) } };
}
