import { z } from 'zod';
import { waitFor } from '../../base/condition.ts';
import type { HostView } from '../../hosts/host.ts';
import { exactlyOneOf } from '../argument-rules.ts';
import { absolutePath, told } from '../fields.ts';
import { defineModule } from '../module.ts';

const usualSeconds = 300;

const args = z.strictObject({
  path: told(absolutePath().optional(), 'a path of the host'),
  port: told(z.number().int().min(1).max(65_535).optional(), 'a TCP port of the host itself'),
  state: told(
    z.enum(['present', 'absent', 'started', 'stopped']).optional(),
    'until it is there (present, started) or gone (absent, stopped)',
    'started',
  ),
  timeout: told(z.number().positive().optional(), 'seconds until it must be so', usualSeconds),
});
type Args = z.output<typeof args>;

/** A port is one of the host's own. Waiting is a change like any other: planned while the wait is not over. */
export const waitForModule = defineModule<typeof args, boolean>({
  name: 'wait_for',
  summary:
    'Wait until a path is there (path) or something listens on a TCP port of the host (port), or until not.',
  example: 'wait_for: {port: 6443, timeout: 60}',
  args,
  rules: [exactlyOneOf('path', 'port')],
  inspect: (task, host) => isReached(task, host),
  plan(task, reached) {
    if (reached) return undefined;
    return {
      sentence: `wait until ${describe(task)}`,
      differences: [
        {
          item: subject(task),
          wanted: wants(task) ? 'there' : 'gone',
          found: wants(task) ? 'not there' : 'still there',
        },
      ],
    };
  },
  async apply(task, _reached, host) {
    await waitFor({
      description: `${describe(task)} on ${host.name}`,
      timeoutMs: (task.timeout ?? usualSeconds) * 1000,
      intervalMs: 500,
      probe: async () => (await isReached(task, host)) || undefined,
    });
  },
});

function wants({ state = 'started' }: Args): boolean {
  return state === 'present' || state === 'started';
}

function subject({ path, port }: Args): string {
  return path ?? `TCP port ${port}`;
}

function describe(task: Args): string {
  if (task.path !== undefined) return `${task.path} is ${wants(task) ? 'there' : 'gone'}`;
  return `${wants(task) ? 'something' : 'nothing'} listens on port ${task.port}`;
}

async function isReached(task: Args, host: HostView): Promise<boolean> {
  if (task.path !== undefined) return ((await host.status(task.path)) !== undefined) === wants(task);
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((path) => host.readFile(path)));
  const listening = new RegExp(`:${(task.port ?? 0).toString(16).toUpperCase().padStart(4, '0')} \\S+ 0A `);
  return tables.some((table) => listening.test(table ?? '')) === wants(task);
}
