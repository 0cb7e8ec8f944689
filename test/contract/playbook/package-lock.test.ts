import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf, hexOf } from '../../../installer/base/digest.ts';
import { installPackages, removePackages } from '../../../installer/playbook/modules/shared/packages.ts';
import type { NodeArtifact, NodeArtifactLayer } from '../../../installer/playbook/node-artifact.ts';
import { OwnMachine } from '../../support/own-machine.ts';
import { expectDone, failureOf, playbookOf, runOn, until } from './playbook-run.ts';

const store = '/var/lib/perimeter/seed/blobs/sha256';

/** The real dpkg, on a package database of its own: nothing that is installed on this machine is seen or touched. */
let machine: OwnMachine;
/** Lets whoever holds the lock go on; resolves when it has ended. */
let letGo: () => Promise<void> = async () => {};

beforeEach(async () => {
  machine = await OwnMachine.start();
});
afterEach(async () => {
  await letGo();
  letGo = async () => {};
  await machine.close();
});

/** An empty package; `preinst` is run by dpkg while it holds its lock. */
async function makePackage(name: string, preinst?: string): Promise<string> {
  const tree = join(machine.folder, 'packages', name);
  await mkdir(join(tree, 'DEBIAN'), { recursive: true });
  const fields = {
    Package: name,
    Version: '1.0',
    Architecture: 'all',
    Maintainer: 'tests',
    Description: name,
  };
  const control = Object.entries(fields).map(([key, value]) => `${key}: ${value}\n`);
  await writeFile(join(tree, 'DEBIAN/control'), control.join(''));
  if (preinst !== undefined) {
    await writeFile(join(tree, 'DEBIAN/preinst'), `#!/bin/sh\n${preinst}\n`);
    await chmod(join(tree, 'DEBIAN/preinst'), 0o755);
  }
  await execa('dpkg-deb', ['--build', '--root-owner-group', tree, `${tree}.deb`]);
  return `${tree}.deb`;
}

/** The package in the seed store of the machine, as a bundle's artifact. */
async function seed(name: string): Promise<NodeArtifact> {
  const file = await makePackage(name);
  const digest = digestOf(await readFile(file));
  await mkdir(machine.at(store), { recursive: true });
  await copyFile(file, machine.at(`${store}/${hexOf(digest)}`));
  const layer: NodeArtifactLayer = {
    digest,
    mediaType: 'application/vnd.debian.binary-package',
    package: { name, version: '1.0' },
  };
  return { name: 'node-debs', kind: 'debs', version: '1', digest: digestOf(name), layers: [layer] };
}

/** Another dpkg that is at work until it is let go: the lock is held as an administrator's or a timer's would be. */
async function somebodyInstalls(): Promise<void> {
  const [at, free] = ['at-work', 'go-on'].map((name) => join(machine.folder, name)) as [string, string];
  const file = await makePackage('theirs', `touch ${at}; while [ ! -e ${free} ]; do sleep 0.05; done`);
  const [program = '', ...rest] = machine.inside(['dpkg', '--install', file]);
  const running = spawn(program, rest, { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()));
  letGo = async () => {
    await writeFile(free, '');
    await ended;
  };
  await until(() => existsSync(at));
}

async function installed(): Promise<string[]> {
  const argv = ['dpkg-query', '--show', '--showformat=${Package} ${db:Status-Status}\\n'];
  const { stdout } = await machine.host.query(argv, { okExitCodes: [0, 1] });
  return stdout.split('\n').filter(Boolean).toSorted();
}

/** The lock is given back as soon as somebody of ours has been refused by it. */
async function letGoAfterRefusal(name: string): Promise<void> {
  await until(() => machine.ended.some((command) => command.name === name && command.exitCode !== 0));
  await letGo();
}

describe('while another dpkg is at work on the node', () => {
  const tasks = [
    ['debs', 'debs: {artifact: node-debs}'],
    ['apt', 'apt: {name: ours}'],
  ] as const;

  it.each(tasks)('%s waits, and installs when it is done', async (_name, module) => {
    const variables = { artifacts: { 'node-debs': await seed('ours') } };
    const playbook = await playbookOf([`name: Packages\n${module}`]);
    await somebodyInstalls();
    const [run] = await Promise.all([
      runOn(machine.host, playbook, { variables }),
      letGoAfterRefusal('install-packages'),
    ]);
    expect(run.failure).toBeUndefined();
    expect(await installed()).toEqual(['ours installed', 'theirs installed']);
    await expectDone(machine.host, playbook, variables);
  });

  it('removing waits too', async () => {
    const variables = { artifacts: { 'node-debs': await seed('ours') } };
    await expectDone(machine.host, await playbookOf(['name: There\napt: {name: ours}']), variables);
    const playbook = await playbookOf(['name: Gone\napt: {name: ours, state: absent}']);
    await somebodyInstalls();
    const [run] = await Promise.all([runOn(machine.host, playbook), letGoAfterRefusal('env')]);
    expect(run.failure).toBeUndefined();
    expect(await installed()).toEqual(['theirs installed']);
  });
});

describe('when the other one does not come to an end', () => {
  const patience = { attempts: 2, delayMs: 10 };

  it('the error names the process and what to do; nothing was installed, and the next run installs', async () => {
    const artifact = await seed('ours');
    await somebodyInstalls();
    const failing = installPackages(machine.host, artifact.layers, patience);
    const { error, told } = failureOf({
      failure: await failing.catch((reason: unknown) => reason),
    } as Parameters<typeof failureOf>[0]);
    expect(error).toMatchObject({ code: 'E_HOST_COMMAND', retryable: true, where: { host: 'n1' } });
    const [, pid] =
      /^n1: .*dpkg's lock is held by process (\d+) \(dpkg --install \S+theirs\.deb\)/.exec(told) ?? [];
    expect(told).toContain(`ssh 127.0.0.1 ps -fp ${pid}`);
    expect(told).toContain('never delete the lock file');
    expect(machine.ended.filter(({ name }) => name === 'install-packages')).toHaveLength(2);
    expect(await installed()).not.toContain('ours installed');

    await letGo();
    const playbook = await playbookOf(['name: Packages\ndebs: {artifact: node-debs}']);
    await expectDone(machine.host, playbook, { artifacts: { 'node-debs': artifact } });
    expect(await installed()).toEqual(['ours installed', 'theirs installed']);
  });

  it('removing says the same', async () => {
    await somebodyInstalls();
    await expect(removePackages(machine.host, ['ours'], patience)).rejects.toMatchObject({
      code: 'E_HOST_COMMAND',
      message: expect.stringContaining("dpkg's lock is held by process"),
    });
  });
});

it('what dpkg refuses for another reason is not waited for', async () => {
  const artifact = await seed('ours');
  const [layer] = artifact.layers;
  await writeFile(machine.at(`${store}/${hexOf(layer?.digest ?? digestOf(''))}`), 'altered');
  await expect(installPackages(machine.host, artifact.layers)).rejects.toMatchObject({
    code: 'E_HOST_COMMAND',
    message: expect.stringContaining('is altered'),
  });
  expect(machine.ended).toHaveLength(1);
});
