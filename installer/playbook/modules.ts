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

/** Where Ansible keeps the modules of these names. Those without a collection are of this product alone. */
const collections: Readonly<Record<string, readonly PlaybookModule[]>> = {
  'ansible.builtin': [
    apt,
    assert,
    blockinfile,
    command,
    copy,
    file,
    group,
    lineinfile,
    reboot,
    stat,
    systemd,
    template,
    user,
    waitForModule,
  ],
  'ansible.posix': [mount, sysctl],
  'community.general': [filesystem, modprobe],
  '': [artifact, debs],
};

/** Every module by its short name, in the order of the alphabet. */
export const playbookModules: Readonly<Record<string, PlaybookModule>> = Object.fromEntries(
  Object.values(collections)
    .flat()
    .map((module) => [module.name, module] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1)),
);

const longNames: ReadonlyMap<string, string> = new Map(
  Object.entries(collections).flatMap(([collection, modules]) =>
    collection === '' ? [] : modules.map(({ name }) => [name, `${collection}.${name}`] as const),
  ),
);

const byLongName: ReadonlyMap<string, PlaybookModule | undefined> = new Map(
  [...longNames].map(([name, longName]) => [longName, playbookModules[name]]),
);

/** The words by which a playbook may call a module: its name, and its long one in Ansible for people who copy from there. */
export function namesOf({ name }: PlaybookModule): readonly string[] {
  const longName = longNames.get(name);
  return longName === undefined ? [name] : [name, longName];
}

/** The module of a key of a task; undefined when it is another keyword. */
export function moduleNamed(key: string): PlaybookModule | undefined {
  return Object.hasOwn(playbookModules, key) ? playbookModules[key] : byLongName.get(key);
}
