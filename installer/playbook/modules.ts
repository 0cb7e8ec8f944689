import type { PlaybookModule } from './module.ts';
import { apt } from './modules/apt.ts';
import { artifact } from './modules/artifact.ts';
import { assert } from './modules/assert.ts';
import { blockinfile } from './modules/blockinfile.ts';
import { command } from './modules/command.ts';
import { copy } from './modules/copy.ts';
import { debs } from './modules/debs.ts';
import { file } from './modules/file.ts';
import { filesystem } from './modules/filesystem.ts';
import { group } from './modules/group.ts';
import { lineinfile } from './modules/lineinfile.ts';
import { modprobe } from './modules/modprobe.ts';
import { mount } from './modules/mount.ts';
import { reboot } from './modules/reboot.ts';
import { stat } from './modules/stat.ts';
import { sysctl } from './modules/sysctl.ts';
import { systemd } from './modules/systemd.ts';
import { template } from './modules/template.ts';
import { user } from './modules/user.ts';
import { waitForModule } from './modules/wait-for.ts';

const all = [
  apt,
  artifact,
  assert,
  blockinfile,
  command,
  copy,
  debs,
  file,
  filesystem,
  group,
  lineinfile,
  modprobe,
  mount,
  reboot,
  stat,
  sysctl,
  systemd,
  template,
  user,
  waitForModule,
];

/** Every module by its name in playbooks. */
export const playbookModules: Readonly<Record<string, PlaybookModule>> = Object.fromEntries(
  all.map((module) => [module.name, module]),
);

/** Ansible's long names are understood, for people who copy from there. */
export const ansibleCollections = ['ansible.builtin.', 'ansible.posix.', 'community.general.'] as const;

/** The module of a key of a task; undefined when it is another keyword. */
export function moduleNamed(key: string): PlaybookModule | undefined {
  const prefix = ansibleCollections.find((collection) => key.startsWith(collection)) ?? '';
  const name = key.slice(prefix.length);
  return Object.hasOwn(playbookModules, name) ? playbookModules[name] : undefined;
}
