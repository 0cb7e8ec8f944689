import type { MemoryCommand } from './memory-command.ts';
import type { MemoryMachine } from './memory-machine.ts';

export const systemctl: MemoryCommand = (machine, [, action = '', ...words]) => {
  const name = words.at(-1) ?? '';
  if (action === 'show') return { stdout: show(machine, name) };
  if (action === 'daemon-reload') {
    for (const [known, unit] of machine.units) unit.readStamp = machine.unitFileStamp(known);
    return {};
  }
  if (action === 'is-active') {
    const active = machine.units.get(name)?.active === true;
    return { exitCode: active ? 0 : 3, stdout: active ? 'active\n' : 'inactive\n' };
  }
  if (machine.unitFileStamp(name) === undefined) return { exitCode: 5, stderr: `Unit ${name} not found.` };
  const unit = machine.unit(name);
  unit.readStamp ??= machine.unitFileStamp(name);
  if (action === 'start' && unit.masked) return { exitCode: 1, stderr: `Unit ${name} is masked.` };
  switch (action) {
    case 'start':
    case 'restart':
    case 'reload-or-restart':
      unit.active = true;
      unit.starts += 1;
      return {};
    case 'stop':
      unit.active = false;
      return {};
    case 'enable':
    case 'disable':
      unit.enabled = action === 'enable';
      if (words.includes('--now')) unit.active = unit.enabled;
      return {};
    case 'mask':
    case 'unmask':
      unit.masked = action === 'mask';
      return {};
    default:
      return { exitCode: 1, stderr: `Unknown command verb ${action}.` };
  }
};

function show(machine: MemoryMachine, name: string): string {
  const stamp = machine.unitFileStamp(name);
  const unit = machine.units.get(name);
  const fileState = unit?.masked ? 'masked' : unit?.enabled ? 'enabled' : 'disabled';
  const changed = unit?.readStamp !== undefined && unit.readStamp !== stamp;
  const lines = {
    LoadState: stamp === undefined ? 'not-found' : 'loaded',
    ActiveState: unit?.active ? 'active' : 'inactive',
    UnitFileState: stamp === undefined ? '' : fileState,
    NeedDaemonReload: changed ? 'yes' : 'no',
  };
  return Object.entries(lines)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
