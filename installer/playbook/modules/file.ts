import { z } from 'zod';
import type { FileStatus } from '../../hosts/host.ts';
import { atLeastOneOf, noneOf, withState } from '../argument-rules.ts';
import { absolutePath, told } from '../fields.ts';
import { defineModule, type ModuleChange } from '../module.ts';
import { TaskError } from '../task-error.ts';
import { sharedAttributes, sharedFile } from './shared/file-arguments.ts';
import { applyFile, attributeDifferences, given, modeOf, planFile } from './shared/wanted-file.ts';

const args = z.strictObject({
  path: told(absolutePath(), 'the path'),
  state: told(
    z.enum(['file', 'directory', 'link', 'touch', 'absent']).optional(),
    'a file that is there already (file), a folder, a symbolic link, a file that is made empty when it is not there (touch), or nothing; not said: whatever is there',
  ),
  src: told(z.string().min(1).optional(), 'where the link points to'),
  ...sharedAttributes,
});
type Args = z.output<typeof args>;

export const file = defineModule<typeof args, FileStatus | undefined>({
  name: 'file',
  summary: 'A folder, a symbolic link (src says where to), the attributes of a file, or nothing at all.',
  example: 'file: {path: /srv/data, state: directory, mode: "0750"}',
  args,
  rules: [
    withState(['link'], atLeastOneOf('src')),
    withState([undefined, 'file', 'directory', 'touch', 'absent'], noneOf('src')),
  ],
  watches: ({ path, state }) => (state === 'directory' ? [] : [{ kind: 'file', name: path }]),
  inspect: (task, host) => host.status(task.path),
  plan(task, status) {
    switch (task.state) {
      case 'absent':
        return planAbsent(task, status);
      case 'link':
        return planLink(task, status);
      case 'directory':
        return planDirectory(task, status);
      case 'touch':
        return status === undefined ? creation(task, 'an empty file') : planAttributes(task, status);
      default:
        return planAttributes(task, existing(task, status));
    }
  },
  async apply(task, status, host) {
    const { path, state } = task;
    const attributes = given({ ...task, mode: modeOf(task.mode) });
    if (state === 'absent') await host.remove(path);
    else if (state === 'link') await host.makeSymlink(path, task.src ?? '');
    else if (state === 'directory')
      await host.makeDirectory(path, { mode: 0o755, owner: 'root', group: 'root', ...attributes });
    else
      await applyFile(
        sharedFile(path, status === undefined ? '' : undefined, task),
        { status, content: undefined },
        host,
      );
  },
});

/** As Ansible has it: a file comes into being by copy, template or touch, never by naming its attributes. */
function existing({ path, state }: Args, status: FileStatus | undefined): FileStatus {
  if (status === undefined)
    throw new TaskError(`${path} is not there; state: touch makes it empty, state: directory a folder`);
  if (state === 'file' && status.kind !== 'file') throw new TaskError(`${path} is a ${status.kind}, no file`);
  return status;
}

function planAttributes(task: Args, status: FileStatus): ModuleChange | undefined {
  return planFile(sharedFile(task.path, undefined, task), { status, content: undefined }, true);
}

function creation({ path }: Args, what: string): ModuleChange {
  return { sentence: `create ${path}`, differences: [{ item: path, wanted: what, found: 'nothing there' }] };
}

function planAbsent({ path }: Args, status: FileStatus | undefined): ModuleChange | undefined {
  if (status === undefined) return undefined;
  return {
    sentence: `remove ${path}`,
    differences: [{ item: path, wanted: 'nothing there', found: `a ${status.kind}` }],
  };
}

function planLink({ path, src = '' }: Args, status: FileStatus | undefined): ModuleChange | undefined {
  if (status?.target === src) return undefined;
  const found =
    status === undefined
      ? 'nothing there'
      : status.kind === 'symlink'
        ? `points to ${status.target}`
        : `a ${status.kind}`;
  return {
    sentence: `point ${path} to ${src}`,
    differences: [{ item: path, wanted: `points to ${src}`, found }],
  };
}

function planDirectory(task: Args, status: FileStatus | undefined): ModuleChange | undefined {
  if (status === undefined) return creation(task, 'a folder');
  if (status.kind !== 'directory') {
    return {
      sentence: `make ${task.path} a folder`,
      differences: [{ item: task.path, wanted: 'a folder', found: `a ${status.kind}` }],
    };
  }
  const differences = attributeDifferences(
    { ...task, mode: modeOf(task.mode), owner: task.owner, group: task.group },
    status,
  );
  if (differences.length === 0) return undefined;
  const words = differences.map(({ item, wanted }) => `${item.split(' ')[0]} to ${wanted}`).join(', ');
  return { sentence: `change ${words} of ${task.path}`, differences };
}
