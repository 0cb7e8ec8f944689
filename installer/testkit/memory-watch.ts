import { createHash } from 'node:crypto';
import { readBaseline } from '../parts/watch/baseline.ts';
import { watchPaths } from '../parts/watch/watch-paths.ts';
import { differencesBetween, readStates } from '../parts/watch/watched-state.ts';
import type { MemoryCommand } from './memory-command.ts';
import type { MemoryFiles } from './memory-files.ts';
import type { MemoryMachine } from './memory-machine.ts';

const { directory: state } = watchPaths;

/** What playbooks/files/watch.sh does, on a machine in memory; its contract test holds both to the same answers. */
export const watch: MemoryCommand = (machine, [, verb = '', path = '']) => {
  const { files } = machine;
  switch (verb) {
    case 'check':
      return {};
    case 'look':
      return { stdout: look(machine).join('') };
    case 'differences':
      return { stdout: differences(machine).join('') };
    case 'record':
      return record(machine);
    case 'put-back':
      if (files.get(`${state}/copies${path}`) === undefined)
        return { exitCode: 66, stderr: `no copy of ${path}` };
      transfer(files, `${state}/copies${path}`, path);
      return {};
    case 'aside':
      if (files.get(path) !== undefined) transfer(files, path, `${state}/aside/now${path}`);
      files.remove(path);
      return {};
    default:
      return { exitCode: 64, stderr: `no ${verb}` };
  }
};

function look(machine: MemoryMachine): string[] {
  const lines = new Map<string, string>();
  for (const [watchClass = '', kind = '', name = ''] of entries(machine.files.text(watchPaths.list))) {
    for (const [thingKind, thing, value] of thingsOf(machine, kind, name)) {
      const key = `${thingKind}\t${thing}`;
      if (!lines.has(key)) lines.set(key, `${watchClass}\t${key}\t${value}\n`);
    }
  }
  return [...lines.values()].toSorted();
}

/** Nothing is known of times here. */
function differences(machine: MemoryMachine): string[] {
  const recorded = readBaseline(machine.files.text(watchPaths.baseline))?.states ?? [];
  return differencesBetween(recorded, readStates(look(machine).join(''))).map(
    (one) => `${[one.class, one.kind, one.name, one.wanted, one.found].join('\t')}\t-\t-\t-\t\n`,
  );
}

function thingsOf(
  machine: MemoryMachine,
  kind: string,
  name: string,
): readonly (readonly [string, string, string])[] {
  const { files } = machine;
  if (kind === 'tree') return below(files, name).map((path) => ['file', path, fileValue(files, path)]);
  if (kind === 'keys') {
    const path = '/root/.ssh/authorized_keys';
    return files.get(path) === undefined ? [] : [['file', path, fileValue(files, path)]];
  }
  return kind === 'name' ? [] : [[kind, name, valueOf(machine, kind, name)]];
}

function valueOf(machine: MemoryMachine, kind: string, name: string): string {
  const { files, packages } = machine;
  if (kind === 'file') return fileValue(files, name);
  if (kind === 'sysctl') return files.text(`/proc/sys/${name.replaceAll('.', '/')}`)?.trim() ?? 'absent';
  if (kind === 'package') return packages.has(name) ? `installed ${packages.get(name)}` : 'absent';
  if (kind === 'module')
    return files.get(`/sys/module/${name.replaceAll('-', '_')}`) === undefined ? 'absent' : 'loaded';
  if (kind === 'unit') {
    const unit = machine.units.get(name);
    const boot = unit?.masked ? 'masked' : unit?.enabled ? 'enabled' : 'disabled';
    const isThere = machine.unitFileStamp(name) !== undefined;
    return `${unit?.active ? 'running' : 'inactive'}${isThere ? `, ${boot}` : ''}`;
  }
  return 'absent';
}

function fileValue(files: MemoryFiles, path: string): string {
  const entry = files.get(path);
  if (entry === undefined) return 'absent';
  if (entry.kind === 'symlink') return `points to ${entry.target}`;
  const rights = `${entry.mode.toString(8)} ${entry.owner}:${entry.group}`;
  if (entry.kind === 'directory') return `directory ${rights}`;
  return `sha256:${createHash('sha256').update(entry.content).digest('hex')} ${rights}`;
}

function below(files: MemoryFiles, folder: string): string[] {
  return files.names(folder).flatMap((name) => {
    const path = `${folder}/${name}`;
    return files.get(path)?.kind === 'directory' ? below(files, path) : [path];
  });
}

function record({ files }: MemoryMachine): { exitCode: number; stderr: string } {
  const text = files.text(watchPaths.newBaseline);
  if (text === undefined) return { exitCode: 1, stderr: 'no baseline.new' };
  for (const [, kind, path = '', value] of entries(text)) {
    if (kind !== 'file' || !path.startsWith('/')) continue;
    if (fileValue(files, path) === value && value !== 'absent')
      transfer(files, path, `${state}/copies${path}`);
  }
  files.remove(watchPaths.newBaseline);
  files.write(watchPaths.baseline, Buffer.from(text), { mode: 0o600, owner: 'root', group: 'root' });
  return { exitCode: 0, stderr: '' };
}

function transfer(files: MemoryFiles, from: string, to: string): void {
  const entry = files.get(from);
  if (entry?.kind === 'symlink') {
    files.directory(to.slice(0, to.lastIndexOf('/')));
    files.link(to, entry.target ?? '');
  } else if (entry?.kind === 'file') files.write(to, entry.content, entry);
}

function entries(text: string | undefined): string[][] {
  return (text ?? '')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t'));
}
