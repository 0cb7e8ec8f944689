import { z } from 'zod';
import type { FileStatus } from '../../hosts/host.ts';
import { absolutePath } from '../fields.ts';
import { defineModule, type ModuleChange } from '../module.ts';
import { attributeFields, sharedFile } from './shared/file-arguments.ts';
import { applyFile, attributeDifferences, given, modeOf, planFile } from './shared/wanted-file.ts';

const args = z.strictObject({
  path: absolutePath(),
  state: z.enum(['file', 'directory', 'link', 'absent']).optional(),
  src: z.string().optional(),
  ...attributeFields,
});
type Args = z.output<typeof args>;

export const file = defineModule<typeof args, FileStatus | undefined>({
  name: 'file',
  summary: 'A folder, a symbolic link (src says where to), the attributes of a file, or nothing at all.',
  args,
  watches: ({ path, state }) => (state === 'directory' ? [] : [{ kind: 'file', name: path }]),
  inspect: (task, host) => host.status(task.path),
  plan(task, status) {
    switch (task.state ?? 'file') {
      case 'absent':
        return planAbsent(task, status);
      case 'link':
        return planLink(task, status);
      case 'directory':
        return planDirectory(task, status);
      default:
        return status === undefined
          ? creation(task, 'an empty file')
          : planFile(sharedFile(task.path, undefined, task), { status, content: undefined }, true);
    }
  },
  async apply(task, status, host) {
    const { path, state = 'file' } = task;
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
