import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askFacts } from '../../../installer/agent/ask-facts.ts';
import { localHost } from '../../../installer/hosts/transport/local.ts';
import { unpackAgent } from '../../support/agent-under-test.ts';
import type { ProcessHost } from '../../support/process-host.ts';

let directory: string;
let agent: ProcessHost['agent'];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'perimeter-facts-'));
  agent = await unpackAgent(directory);
}, 60_000);
afterAll(() => rm(directory, { recursive: true, force: true }));

it('the agent as it is sent tells what systeminformation sees of this machine, over its session', async () => {
  const { signal } = new AbortController();
  const facts = await askFacts(localHost('n1'), [agent.runtime, agent.program, 'session'], signal);
  expect(new Set(facts.map(({ collector }) => collector))).toEqual(new Set(['systeminformation']));
  const memory = facts.find(({ key }) => key === 'memoryBytes');
  expect(Number(memory?.value)).toBeGreaterThan(100e6);
  for (const key of ['libraryVersion', 'system.serial', 'system.uuid', 'processor'])
    expect(facts.map((fact) => fact.key)).toContain(key);
}, 60_000);
