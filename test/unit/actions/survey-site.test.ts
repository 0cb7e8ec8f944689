import { describe, expect, it } from 'vitest';
import { lookForCapture } from '../../../installer/actions/look-for-capture.ts';
import { machinesOf } from '../../../installer/actions/machines-of.ts';
import { surveyNodes } from '../../../installer/actions/survey-site.ts';
import { programPath, runtimePath } from '../../../installer/agent/paths.ts';
import { type PerimeterEvent, silentEvents } from '../../../installer/base/events.ts';
import { compareCollectors } from '../../../installer/hardware/collectors.ts';
import type { AgentOperations } from '../../../installer/testkit/memory-agent.ts';
import { MemoryHost } from '../../../installer/testkit/memory-host.ts';
import { sampleSite } from '../../support/sample-site.ts';

const { signal } = new AbortController();
const told = [
  { key: 'libraryVersion', raw: '5.1.0' },
  { key: 'system.serial', raw: 'SER-2' },
  { key: 'system.uuid', raw: '-' },
  { key: 'disk', raw: '{"name":"sda","serial":"UNSEEN"}' },
];

/** The first node of the site, with the agent's files where it has one. */
function hostWith(agent: AgentOperations | undefined): MemoryHost {
  const host = new MemoryHost(agent === undefined ? {} : { agent });
  host.machine.survey = { ...host.machine.survey, 'system.serial': 'SER-1' };
  if (agent !== undefined) for (const path of [runtimePath, programPath]) host.files.edit(path, 'agent');
  return host;
}

async function lookAt(host: MemoryHost) {
  const events: PerimeterEvent[] = [];
  const site = sampleSite();
  const surveyed = await surveyNodes({ hands: () => host, close: async () => {} }, site.nodes.slice(0, 1), {
    events: { emit: (event) => void events.push(event) },
    signal,
  });
  const notes = events.flatMap((event) => (event.kind === 'note' ? [event.text] : []));
  return { survey: surveyed[0]?.survey, notes };
}

describe('looking at the machines of a site', () => {
  it('asks the agent where one was sent, and keeps who said what', async () => {
    const host = hostWith({ facts: async () => told });
    const { survey, notes } = await lookAt(host);
    expect(survey?.of('system.serial').at(-1)).toEqual({
      key: 'system.serial',
      collector: 'systeminformation',
      raw: 'SER-2',
      value: 'SER-2',
    });
    expect(survey?.of('system.uuid').at(-1)).toMatchObject({ raw: '-', value: undefined });
    expect(survey === undefined ? [] : compareCollectors(survey).differences).toEqual([
      'system.serial: SER-1 by memory, SER-2 by systeminformation',
    ]);
    expect(notes).toEqual([]);
    expect(host.changes).toEqual([]);
  });

  it('does without it where there is none', async () => {
    const { survey, notes } = await lookAt(hostWith(undefined));
    expect(survey?.values('system.serial')).toEqual(['SER-1']);
    expect(notes).toEqual([]);
  });

  it.each<[string, AgentOperations]>([
    ['tells in other words', { facts: async () => ({ cpu: {} }) }],
    [
      'fails',
      {
        facts: async () => {
          throw new Error('no');
        },
      },
    ],
  ])('does without one that %s, and says so', async (_what, agent) => {
    const { survey, notes } = await lookAt(hostWith(agent));
    expect(survey?.values('system.serial')).toEqual(['SER-1']);
    expect(notes).toEqual([expect.stringContaining('n1 was looked at without its agent.')]);
  });

  it('keeps for a capture what the tools print, and what the agent tells as one of them', async () => {
    const { outputs } = await lookForCapture(hostWith({ facts: async () => told }), () => {}, signal);
    expect(outputs.at(-1)).toMatchObject({
      collector: 'systeminformation',
      tool: { path: programPath, version: '5.1.0', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(JSON.parse(outputs.at(-1)?.text ?? '')).toMatchObject({ disk: [{ serial: 'UNSEEN' }] });
  });

  it('does not ask the agent what the machines of a plan are: a machine is the same before it has one', async () => {
    const host = hostWith({});
    const site = sampleSite();
    const machines = await machinesOf({
      site: { ...site, nodes: site.nodes.slice(0, 1) },
      hosts: { hands: () => host, close: async () => {} },
      events: silentEvents,
    });
    expect(machines).toMatchObject([{ node: 'n1', serial: 'SER-1', cores: 4, memoryMib: 16_384 }]);
  });
});
