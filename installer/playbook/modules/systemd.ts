import { z } from 'zod';
import { atLeastOneOf } from '../argument-rules.ts';
import { told } from '../fields.ts';
import { type Difference, defineModule } from '../module.ts';

const args = z.strictObject({
  name: told(z.string().min(1), 'the unit; without an ending a service is meant'),
  state: told(
    z.enum(['started', 'stopped', 'restarted', 'reloaded']).optional(),
    'running or not; restarted and reloaded act every time and stand in handlers; not said: as it is',
  ),
  enabled: told(z.boolean().optional(), 'started at every boot; not said: as it is'),
  masked: told(z.boolean().optional(), 'not to be started at all; not said: as it is'),
  daemon_reload: told(
    z.boolean().optional(),
    'let systemd read a changed unit file again before anything else',
    false,
  ),
});
type Args = z.output<typeof args>;

interface Facts {
  readonly LoadState: string;
  readonly ActiveState: string;
  readonly UnitFileState: string;
  readonly NeedDaemonReload: string;
}

const properties = ['LoadState', 'ActiveState', 'UnitFileState', 'NeedDaemonReload'] as const;
const runningStates = new Set(['active', 'activating', 'reloading']);

/** `restarted` and `reloaded` act every time and are for handlers. systemd reads changed unit files again by itself before anything else. */
export const systemd = defineModule<typeof args, Facts>({
  name: 'systemd',
  summary: 'A unit: running or stopped, at boot or not; in handlers also restarted or reloaded.',
  example: 'systemd: {name: chrony, enabled: true, state: started}',
  args,
  rules: [atLeastOneOf('state', 'enabled', 'masked', 'daemon_reload')],
  watches: ({ name }) => [{ kind: 'unit', name: unitName(name) }],
  onlyInHandlers: ({ state }) =>
    isAction(state)
      ? `state: ${state} acts every time, so it belongs to a handler that tasks notify`
      : undefined,
  async inspect({ name }, host) {
    const { stdout } = await host.query([
      'systemctl',
      'show',
      '--property',
      properties.join(','),
      '--',
      unitName(name),
    ]);
    const lines = stdout.split('\n').map((line) => line.split('=') as [string, string]);
    return Object.fromEntries(lines) as unknown as Facts;
  },
  plan(task, facts) {
    const differences = [...stateDifferences(task, facts), ...bootDifferences(task, facts)];
    if (isAction(task.state)) {
      return { sentence: `${task.state === 'restarted' ? 'restart' : 'reload'} ${task.name}`, differences };
    }
    return differences.length === 0 ? undefined : { sentence: sentenceOf(task, differences), differences };
  },
  async apply(task, facts, host) {
    const unit = unitName(task.name);
    const control = async (...words: readonly string[]): Promise<void> =>
      void (await host.run(['systemctl', ...words]));
    // A unit file that was written a moment ago is only known after this; the question is cheap and the answer may be outdated.
    if (task.daemon_reload || facts.NeedDaemonReload === 'yes' || facts.LoadState === 'not-found')
      await control('daemon-reload');
    const isMasked = facts.UnitFileState.startsWith('masked');
    if (task.masked !== undefined && task.masked !== isMasked)
      await control(task.masked ? 'mask' : 'unmask', '--', unit);
    if (task.enabled !== undefined && task.enabled !== isEnabled(facts))
      await control(task.enabled ? 'enable' : 'disable', '--', unit);
    if (isAction(task.state))
      await control(task.state === 'restarted' ? 'restart' : 'reload-or-restart', '--', unit);
    else if (task.state === 'started' && !isRunning(facts)) await control('start', '--', unit);
    else if (task.state === 'stopped' && isRunning(facts)) await control('stop', '--', unit);
  },
});

function isAction(state: Args['state']): boolean {
  return state === 'restarted' || state === 'reloaded';
}

function isRunning({ ActiveState }: Facts): boolean {
  return runningStates.has(ActiveState);
}

function isEnabled({ UnitFileState }: Facts): boolean {
  return UnitFileState === 'enabled' || UnitFileState === 'enabled-runtime' || UnitFileState === 'alias';
}

function unitName(name: string): string {
  return /\.(service|socket|timer|mount|target|path|slice)$/.test(name) ? name : `${name}.service`;
}

function stateDifferences({ name, state, daemon_reload: reload }: Args, facts: Facts): Difference[] {
  const differences: Difference[] = [];
  if (state === 'started' && !isRunning(facts))
    differences.push({ item: `unit ${name}`, wanted: 'running', found: facts.ActiveState });
  if (state === 'stopped' && isRunning(facts))
    differences.push({ item: `unit ${name}`, wanted: 'stopped', found: facts.ActiveState });
  if (reload && facts.NeedDaemonReload === 'yes')
    differences.push({
      item: `unit file of ${name}`,
      wanted: 'known to systemd',
      found: 'changed since systemd read it',
    });
  return differences;
}

function bootDifferences({ name, enabled, masked }: Args, facts: Facts): Difference[] {
  const differences: Difference[] = [];
  const found = facts.UnitFileState === '' ? 'there is no such unit' : facts.UnitFileState;
  if (enabled !== undefined && enabled !== isEnabled(facts))
    differences.push({ item: `start of ${name} at boot`, wanted: enabled ? 'enabled' : 'disabled', found });
  if (masked !== undefined && masked !== facts.UnitFileState.startsWith('masked'))
    differences.push({ item: `mask of ${name}`, wanted: masked ? 'masked' : 'not masked', found });
  return differences;
}

function sentenceOf({ name }: Args, differences: readonly Difference[]): string {
  const verbs = differences.map(({ item, wanted }) => {
    if (item.startsWith('start of')) return wanted === 'enabled' ? 'enable' : 'disable';
    if (item.startsWith('mask of')) return wanted === 'masked' ? 'mask' : 'unmask';
    if (item.startsWith('unit file')) return 'read again';
    return wanted === 'running' ? 'start' : 'stop';
  });
  return `${verbs.join(' and ')} ${name}`;
}
