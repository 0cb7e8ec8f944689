import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withSite } from '../../installer/actions/open-site.ts';
import { runtimePath } from '../../installer/agent/paths.ts';
import { type PerimeterEvent, silentEvents } from '../../installer/base/events.ts';
import { buildBundle } from '../../installer/bundle/build-bundle.ts';
import { applyPhases } from '../../installer/engine/apply-phases.ts';
import { type Lab, labDown, labUp } from '../../installer/lab/lab.ts';
import { sendAgent } from '../../installer/phases/send-agent.ts';
import { writeSampleSite } from '../../installer/site/sample-site.ts';
import { onHost } from './on-host.ts';

/** More hosts than this machine sends to itself: the rest have the agent's runtime from each other, with nothing but a shell. */
const name = `ho${process.pid}`;
const hosts = 7;
const minute = 60_000;
let folder = '';
let lab: Lab;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perimeter-hand-on-'));
  lab = await labUp({ name, hosts }, silentEvents);
}, 5 * minute);

afterAll(async () => {
  await labDown(name);
  await rm(folder, { recursive: true, force: true });
}, minute);

it(
  'nodes pass the runtime on to each other, and every one of them has the same',
  async () => {
    const bundle = await buildBundle({ onDrift: 'take', events: silentEvents });
    await writeSampleSite(folder, { ...lab, bundleKey: bundle.publicKey });
    const notes: string[] = [];
    const emit = (event: PerimeterEvent): void => {
      if (event.kind === 'note') notes.push(event.text);
    };
    const { signal } = new AbortController();
    const open = { siteDirectory: folder, bundleFile: bundle.file, verb: 'test', signal, changes: true };
    const send = () => withSite({ ...open, events: { emit } }, (setup) => applyPhases([sendAgent], setup));
    const [result] = await send();
    expect(result?.applied).toBe(3 * hosts);
    expect(notes.filter((text) => /has the agent's runtime from n\d/.test(text))).toHaveLength(hosts - 4);
    const sums = await Promise.all(
      lab.hosts.map((host) => onHost(lab, host.name, `sha256sum < ${runtimePath}`)),
    );
    expect(new Set(sums).size).toBe(1);
    // Nobody lends any more, and nothing is sent again.
    const listening = await onHost(
      lab,
      'n1',
      "ss -ltnH 'sport != 22' | wc -l; pgrep -f 'agent.cjs lend' | wc -l",
    );
    expect(listening.split('\n').at(-1)).toBe('0');
    expect((await send())[0]?.applied).toBe(0);
  },
  10 * minute,
);
