import { readdir } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { productDirectory } from '../../../../installer/base/files.ts';
import { loadPlaybook } from '../../../../installer/playbook/load-playbook.ts';
import { playbookModules } from '../../../../installer/playbook/modules.ts';
import { MemoryHost } from '../../../../installer/testkit/memory-host.ts';
import { writePlaybook } from '../write-playbook.ts';

/** These only look, so there is nothing to be planned, applied or cut off. */
const looking = ['assert', 'stat', 'wait_for'];
/** Acts every time, and so stands in handlers alone. */
const acting = ['reboot'];

it('every module goes through the suite of modules, or only looks or acts', async () => {
  const directory = productDirectory('test', 'unit', 'playbook', 'modules');
  const { readFile } = await import('node:fs/promises');
  const files = (await readdir(directory)).filter((name) => name.endsWith('.test.ts'));
  const texts = await Promise.all(files.map((name) => readFile(`${directory}/${name}`, 'utf8')));
  const tested = texts.flatMap((text) =>
    [...text.matchAll(/describeModule\('(\w+)'/g)].map((match) => match[1]),
  );
  expect([...new Set([...tested, ...looking, ...acting])].toSorted()).toEqual(
    Object.keys(playbookModules).toSorted(),
  );
  expect(tested.length).toBeGreaterThan(10);
});

it('every module says in one line what it is for', () => {
  for (const { name, summary } of Object.values(playbookModules)) {
    expect(name).toMatch(/^[a-z_]+$/);
    expect(summary).toMatch(/^[A-Z].{10,140}\.$/);
  }
});

it.each(Object.values(playbookModules))(
  '$name: its example can stand in a playbook as it is',
  async (module) => {
    expect(module.example).toMatch(new RegExp(`^${module.name}: \\{`));
    const where = module.onlyInHandlers === undefined || module.name === 'command' ? 'tasks' : 'handlers';
    const others = where === 'tasks' ? '' : '  tasks: []\n';
    const playbook = `- name: P\n  hosts: all\n${others}  ${where}:\n    - name: Example\n      ${module.example}\n`;
    const beside = { 'templates/motd.hbs': '' };
    await expect(loadPlaybook(await writePlaybook(playbook, beside))).resolves.toBeDefined();
  },
);

it('every argument of every module says what it means', () => {
  for (const module of Object.values(playbookModules))
    for (const [name, field] of Object.entries(module.args.shape))
      expect(field.description, `${module.name}.${name}`).toMatch(/^[a-z].{4,}[^.]$/);
});

it('wait_for is planned while the wait is not over, and waits without changing anything', async () => {
  const module = playbookModules['wait_for'];
  const context = { variables: {}, directory: '/nowhere', quiet: false };
  const host = new MemoryHost();
  const path = { path: '/run/ready' };
  expect(module?.plan(path, await module.inspect(path, host, context), context)?.sentence).toBe(
    'wait until /run/ready is there',
  );
  setTimeout(() => host.files.edit('/run/ready', ''), 50);
  await module?.apply(path, false, host, context);
  expect(await module?.inspect(path, host, context)).toBe(true);
  expect(host.changes).toEqual([]);

  const port = { port: 6443 };
  expect(await module?.inspect(port, host, context)).toBe(false);
  host.files.edit(
    '/proc/net/tcp',
    '  sl  local_address rem_address   st\n   0: 0100007F:192B 00000000:0000 0A 00000000:00000000\n',
  );
  expect(await module?.inspect(port, host, context)).toBe(true);
});
