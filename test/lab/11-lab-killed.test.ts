import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { distributions } from '../../installer/base/distributions.ts';
import { silentEvents } from '../../installer/base/events.ts';
import { ensureBaseRoot } from '../../installer/lab/base-root.ts';
import { removeLabCgroups } from '../../installer/lab/host-cage.ts';
import { killHost, labDirectory, labDown, labStatus, labUp } from '../../installer/lab/lab.ts';
import { unmountBelow } from '../../installer/lab/mounts.ts';
import { removeNetwork } from '../../installer/lab/network.ts';
import { noTraces, tracesOf } from './lab-traces.ts';
import { onHost } from './on-host.ts';
import { runPerimeter } from './perimeter-process.ts';

/** `lab up` killed anywhere: `down` finds everything, and another `up` finishes the work. */
const name = `lk${process.pid}`;
const minute = 60_000;
let stateHome: string;

beforeAll(async () => {
  stateHome = await mkdtemp(join(tmpdir(), 'perimeter-lab-'));
  process.env['XDG_STATE_HOME'] = stateHome;
  await ensureBaseRoot(distributions[0], silentEvents);
}, 5 * minute);

afterAll(async () => {
  await labDown(name);
  await rm(stateHome, { recursive: true, force: true });
}, minute);

const started = (scope: string) => (line: { readonly kind: string; readonly scope?: readonly string[] }) =>
  line.kind === 'start' && line.scope?.at(-1) === scope;

describe('up, killed', () => {
  it.each([
    ['while the network is set up', 'lab-network', 150],
    ['while the roots are made', 'n1', 100],
    ['while hosts are switched on', 'n2', 700],
    ['while hosts boot', 'n2', 1200],
  ])(
    '%s, is taken down without a trace',
    async (_when, scope, afterMs) => {
      const killed = await runPerimeter(['lab', 'up', '--name', name, '--hosts', '2'], {
        when: started(scope),
        afterMs,
      });
      expect(killed.killedAt).toBeDefined();
      await labDown(name);
      expect(await tracesOf(name)).toEqual(noTraces);
    },
    minute,
  );

  it.each([
    ['network', 'lab-network', 200],
    ['hosts', 'n1', 400],
  ])(
    'in %s, is finished by the next up',
    async (_where, scope, afterMs) => {
      await runPerimeter(['lab', 'up', '--name', name, '--hosts', '2'], { when: started(scope), afterMs });
      await labUp({ name, hosts: 2 }, silentEvents);
      expect((await labStatus(name))?.hosts.map((host) => host.state)).toEqual(['running', 'running']);
      await labDown(name);
      expect(await tracesOf(name)).toEqual(noTraces);
    },
    minute,
  );
});

describe('up, after the machine was restarted', () => {
  it(
    'boots the same hosts again: no mount, bridge, table, cgroup or process had survived',
    async () => {
      const lab = await labUp({ name, hosts: 2 }, silentEvents);
      await onHost(lab, 'n2', 'echo kept > /etc/kept; sync');
      for (const host of lab.hosts) await killHost(lab, host.name);
      await removeLabCgroups(lab);
      await unmountBelow(lab.directory);
      await removeNetwork(lab);
      expect(await tracesOf(name)).toMatchObject({ ...noTraces, files: expect.anything() });
      expect((await labStatus(name))?.egress).toBeUndefined();
      expect(await labUp({ name }, silentEvents)).toEqual(lab);
      expect(await onHost(lab, 'n2', 'cat /etc/kept')).toBe('kept');
      await labDown(name);
    },
    minute,
  );
});

describe('down', () => {
  it(
    'takes away what runs when the record of the lab is lost',
    async () => {
      await labUp({ name, hosts: 1 }, silentEvents);
      await rm(join(labDirectory(name), 'lab.json'));
      await labDown(name);
      expect(await tracesOf(name)).toEqual(noTraces);
    },
    minute,
  );

  it(
    'unmounts what was left mounted in the folder',
    async () => {
      const folder = join(labDirectory(name), 'hosts', 'n1', 'left behind');
      await mkdir(folder, { recursive: true });
      await execa('mount', ['-t', 'tmpfs', 'left', folder]);
      await execa('mount', ['-t', 'tmpfs', 'twice', folder]);
      expect((await tracesOf(name)).mounts).toHaveLength(2);
      await labDown(name);
      expect(await tracesOf(name)).toEqual(noTraces);
    },
    minute,
  );

  it(
    'ends no process that only bears a name like its own',
    async () => {
      const innocent = spawn('sleep', ['1000'], { argv0: 'systemd-nspawn' });
      await labUp({ name, hosts: 1 }, silentEvents);
      await labDown(name);
      expect(innocent.exitCode).toBeNull();
      innocent.kill();
    },
    minute,
  );
});
