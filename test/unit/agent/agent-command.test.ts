import { expect, test } from 'vitest';
import { agentCommand, lendCommand } from '../../../installer/agent/agent-command.ts';
import type { HostView } from '../../../installer/hosts/host.ts';

const host = (systemd: boolean): HostView =>
  ({ status: async () => (systemd ? { kind: 'directory' } : undefined) }) as unknown as HostView;

test('where systemd runs, it ends an agent and a lender after their time, whatever happens', async () => {
  const session = await agentCommand(host(true));
  expect(session.slice(0, 5)).toEqual(['systemd-run', '--quiet', '--collect', '--pipe', '--wait']);
  expect(session).toContain('--property=RuntimeMaxSec=21600');
  const lender = await lendCommand(host(true), '/runtime', 'word');
  expect(lender).toContain('--property=RuntimeMaxSec=3600');
  expect(lender.slice(-3)).toEqual(['lend', '/runtime', 'word']);
});

test('elsewhere they are started as they are', async () => {
  expect((await agentCommand(host(false))).at(0)).toBe('env');
  expect((await lendCommand(host(false), '/runtime', 'word')).slice(-3)).toEqual([
    'lend',
    '/runtime',
    'word',
  ]);
});
