import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { loadPlaybook } from '../../../installer/playbook/load-playbook.ts';
import type { Playbook } from '../../../installer/playbook/playbook.ts';

const root = await mkdtemp(join(tmpdir(), 'perimeter-playbook-'));
afterAll(() => rm(root, { recursive: true, force: true }));

/** Writes a playbook and the files beside it; returns the playbook's path. */
export async function writePlaybook(
  main: string,
  others: Readonly<Record<string, string>> = {},
): Promise<string> {
  const directory = await mkdtemp(join(root, 'play-'));
  for (const [name, text] of Object.entries({ 'site.yaml': main, ...others })) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  return join(directory, 'site.yaml');
}

/** A play with these tasks (YAML, indented by four), read and checked. */
export async function playbookOf(tasks: string, rest = ''): Promise<Playbook> {
  return await loadPlaybook(await writePlaybook(`- name: Play\n  hosts: all\n  tasks:\n${tasks}\n${rest}`));
}
