import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OwnEtc } from '../../support/own-etc.ts';
import { expectDone, failureOf, playbookOf, runOn } from './playbook-run.ts';

let machine: OwnEtc;
beforeEach(async () => {
  machine = await OwnEtc.start();
});
afterEach(() => machine.close());

describe('a real account', () => {
  const entry = (database: string, name: string): string[] =>
    machine.read('getent', database, name).trim().split(':');

  it('is made with its group and its home, and changed later', async () => {
    await expectDone(
      machine.host,
      await playbookOf(['name: Group\ngroup: {name: team}', 'name: User\nuser: {name: worker, group: team}']),
    );
    expect(entry('passwd', 'worker')[3]).toBe(entry('group', 'team')[2]);
    expect(machine.read('stat', '-c', '%U:%G %a', '/home/worker').trim()).toBe('worker:team 700');

    const { changes } = await expectDone(
      machine.host,
      await playbookOf([
        'name: Group\ngroup: {name: others}',
        'name: User\nuser: {name: worker, group: others, home: /srv/worker, shell: /bin/false}',
      ]),
    );
    expect(changes.map(({ sentence }) => sentence)).toEqual([
      'add the group others',
      expect.stringMatching(/^change home of user worker, shell of user worker, group of user worker/),
    ]);
    expect(entry('passwd', 'worker').slice(3)).toEqual([
      entry('group', 'others')[2],
      '',
      '/srv/worker',
      '/bin/false',
    ]);
    expect(machine.read('stat', '-c', '%U:%G', '/srv/worker').trim()).toBe('worker:others');
  });

  it('gets no home when none is wanted, and one when it is', async () => {
    const user = (more: string) => playbookOf([`name: User\nuser: {name: worker, system: true${more}}`]);
    await expectDone(machine.host, await user(', create_home: false'));
    expect(machine.read('ls', '/home')).toBe('');
    await expectDone(machine.host, await user(''));
    expect(machine.read('ls', '-A', '/home/worker')).toBe(machine.read('ls', '-A', '/etc/skel'));
    expect(machine.read('ls', '/home')).toBe('worker\n');
  });
});

describe('a real mount', () => {
  let folder: string;
  let devices: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'perimeter-loops-'));
    devices = ['one', 'two'].map((label) => {
      const file = join(folder, label);
      writeFileSync(file, '');
      truncateSync(file, 16 << 20);
      execFileSync('mkfs.ext4', ['-q', '-L', `pm-${label}`, file]);
      return execFileSync('losetup', ['--find', '--show', file], { encoding: 'utf8' }).trim();
    });
  });
  afterEach(() => {
    for (const device of devices) execFileSync('losetup', ['--detach', device]);
    rmSync(folder, { recursive: true });
  });

  const mounted = (path = '/srv/data'): string =>
    machine.read('findmnt', '--noheadings', '--raw', '--output', 'SOURCE,OPTIONS', path).trim();
  const wanted = (src: string, opts = 'defaults') =>
    playbookOf([
      `name: Data\nmount: {path: /srv/data, src: ${src}, fstype: ext4, opts: '${opts}', state: mounted}`,
    ]);
  const differences = async (src: string, opts?: string) => {
    const { changes } = await runOn(machine.host, await wanted(src, opts));
    return changes.flatMap(({ data }) => data.differences.map(({ item }) => item));
  };

  it('is the declared one, by whatever name it is called', async () => {
    const [one = ''] = devices;
    await expectDone(machine.host, await wanted('LABEL=pm-one'));
    expect(mounted()).toMatch(new RegExp(`^${one} rw,`));
    // Only the table says it in other words.
    expect(await differences(one)).toEqual(['/srv/data in /etc/fstab']);
    expect(mounted()).toMatch(new RegExp(`^${one} rw,`));
  });

  it('is changed when options are declared or taken back, in the table and now', async () => {
    const [one = ''] = devices;
    await expectDone(machine.host, await wanted(one));
    await expectDone(machine.host, await wanted(one, 'noatime,nosuid'));
    expect(mounted()).toMatch(/ rw,nosuid,noatime/);
    await expectDone(machine.host, await wanted(one, 'ro'));
    expect(mounted()).toMatch(/ ro,/);
    expect(mounted()).not.toContain('nosuid');
    await expectDone(machine.host, await wanted(one));
    expect(mounted()).toMatch(/ rw,/);
    expect(machine.read('cat', '/etc/fstab')).toContain(`${one} /srv/data ext4 defaults 0 0`);
  });

  it('that somebody changed by hand is put right', async () => {
    const [one = ''] = devices;
    await expectDone(machine.host, await wanted(one, 'nodev'));
    machine.read('mount', '-o', 'remount,ro,dev', '/srv/data');
    expect(await differences(one, 'nodev')).toEqual(['options of /srv/data']);
    expect(mounted()).toMatch(/ rw,nodev/);
  });

  it('of another device is taken away for the declared one', async () => {
    const [one = '', two = ''] = devices;
    await expectDone(machine.host, await wanted(one));
    await expectDone(machine.host, await wanted('LABEL=pm-two'));
    expect(mounted()).toMatch(new RegExp(`^${two} `));
  });

  // What is mounted stays until the declared one can take its place.
  it('stays when what is declared is not there, or the options are none', async () => {
    const [one = ''] = devices;
    await expectDone(machine.host, await wanted(one));
    const before = mounted();
    const impossible = [
      [await wanted('LABEL=pm-gone'), "findfs: unable to resolve 'LABEL=pm-gone'"],
      [await wanted(one, 'noatme'), 'ended with 32'],
    ] as const;
    for (const [playbook, words] of impossible) {
      const { error } = failureOf(await runOn(machine.host, playbook));
      expect([error.code, error.message]).toEqual(['E_HOST_COMMAND', expect.stringContaining(words)]);
      expect(mounted()).toBe(before);
    }
  });

  it('of a folder is known by the folder', async () => {
    const bind = (src: string) =>
      playbookOf([
        `name: Folder\nfile: {path: ${src}, state: directory}`,
        `name: Bind\nmount: {path: /srv/bound, src: ${src}, fstype: none, opts: bind, state: mounted}`,
      ]);
    await expectDone(machine.host, await bind('/srv/a'));
    await expectDone(machine.host, await bind('/srv/b'));
    machine.read('touch', '/srv/b/seen');
    expect(machine.read('ls', '/srv/bound')).toBe('seen\n');
  });
});
