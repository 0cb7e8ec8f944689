import { describe, expect, it } from 'vitest';
import { applyPhases } from '../../../installer/engine/apply-phases.ts';
import { planPhases } from '../../../installer/engine/plan-phases.ts';
import type { EngineSetup } from '../../../installer/engine/setup.ts';
import { prepareNodes } from '../../../installer/phases/prepare-nodes.ts';
import { watchNodes } from '../../../installer/phases/watch-nodes.ts';
import type { MemoryHost } from '../../../installer/testkit/memory-host.ts';
import { describeHostPhase, type PhaseWorld } from '../suites/phase-suite.ts';
import { memoryWorld } from './memory-world.ts';
import { ownFolder } from './own-folder.ts';

const credentials = await ownFolder();
const keys = '/root/.ssh/authorized_keys';
const manifest = '/etc/kubernetes/manifests/etcd.yaml';

/** Prepared hosts on which somebody could already do something by hand. */
async function preparedWorld(): Promise<PhaseWorld> {
  const world = await memoryWorld(1, credentials);
  await applyPhases([prepareNodes], world.setup);
  for (const { files, machine, changes } of world.hosts) {
    files.edit(keys, 'ssh-ed25519 installer\n');
    files.edit('/etc/cron.d/e2scrub', '# of the system\n');
    files.edit(manifest, 'kind: Pod\n');
    files.edit('/var/lib/perimeter/kubernetes/done.json', '{"at":"first"}\n');
    machine.unit('kubelet.service').active = true;
    changes.length = 0;
  }
  return world;
}

describeHostPhase(watchNodes, preparedWorld);

async function watched(): Promise<PhaseWorld & { readonly host: MemoryHost }> {
  const world = await preparedWorld();
  await applyPhases([watchNodes], world.setup);
  return { ...world, host: world.hosts[0] as MemoryHost };
}

async function planned(setup: EngineSetup): Promise<readonly string[]> {
  const { phases } = await planPhases([watchNodes], setup);
  return phases.flatMap(({ targets }) =>
    targets.flatMap(({ changes }) => changes.map(({ sentence }) => sentence)),
  );
}

describe('what nobody declares is put back as it was', () => {
  it.each<[string, (host: MemoryHost) => void, string, (host: MemoryHost) => unknown]>([
    [
      'a key of a log-in that was added',
      ({ files }) => files.edit(keys, 'ssh-ed25519 installer\nssh-ed25519 stranger\n'),
      `put ${keys} back as it was recorded`,
      ({ files }) => files.text(keys) === 'ssh-ed25519 installer\n',
    ],
    [
      'a cron entry that appeared',
      ({ files }) => files.edit('/etc/cron.d/evil', '* * * * * root true\n'),
      'move /etc/cron.d/evil aside, which nobody declared',
      ({ files }) =>
        files.get('/etc/cron.d/evil') === undefined &&
        files.text('/var/lib/perimeter/watch/aside/now/etc/cron.d/evil') === '* * * * * root true\n',
    ],
    [
      'a cron entry that is gone',
      ({ files }) => files.remove('/etc/cron.d/e2scrub'),
      'put /etc/cron.d/e2scrub back, which is gone',
      ({ files }) => files.text('/etc/cron.d/e2scrub') === '# of the system\n',
    ],
    [
      'a unit that appeared',
      ({ files }) => files.edit('/etc/systemd/system/miner.service', '[Service]\n'),
      'move /etc/systemd/system/miner.service aside, which nobody declared',
      ({ files }) => files.get('/etc/systemd/system/miner.service') === undefined,
    ],
    [
      'a manifest of the control plane',
      ({ files }) => files.edit(manifest, 'kind: Pod # mine\n'),
      `put ${manifest} back as it was recorded`,
      ({ files }) => files.text(manifest) === 'kind: Pod\n',
    ],
    [
      'a kubelet that was stopped',
      ({ machine }) => void (machine.unit('kubelet.service').active = false),
      'bring the unit kubelet.service back to running, enabled; it is inactive, enabled',
      ({ machine }) => machine.unit('kubelet.service').active,
    ],
  ])('%s', async (_what, change, sentence, isBack) => {
    const { setup, host } = await watched();
    expect(await planned(setup)).toEqual([]);
    change(host);
    expect(await planned(setup)).toEqual([sentence]);
    await applyPhases([watchNodes], setup);
    expect(isBack(host)).toBe(true);
    expect(await planned(setup)).toEqual([]);
  });
});

it('leaves to a playbook what the playbook puts right', async () => {
  const { setup, host } = await watched();
  host.files.edit('/etc/containerd/config.toml', '# mine\n');
  expect(await planned(setup)).toEqual([]);
  await applyPhases([prepareNodes, watchNodes], setup);
  expect(await planned(setup)).toEqual([]);
});

it('puts back what a playbook declares but does not look at', async () => {
  const { setup, host } = await watched();
  // The playbook edits lines of it, and does not care whose it is.
  host.files.attributes('/etc/hosts', { mode: 0o666 });
  expect(await planned(setup)).toEqual(['put /etc/hosts back as it was recorded']);
  await applyPhases([watchNodes], setup);
  expect(host.files.status('/etc/hosts')?.mode).toBe(0o644);
});

it('records anew what another site folder declares, and still does not take a foreign file for right', async () => {
  const { setup, host } = await watched();
  host.files.edit('/etc/cron.d/evil', '* * * * * root true\n');
  const other = { ...setup, site: { ...setup.site, digest: `sha256:${'1'.repeat(64)}` as const } };
  expect(await planned(other)).toEqual([
    'move /etc/cron.d/evil aside, which nobody declared',
    'record how the node is, to notice what is changed by hand',
  ]);
  await applyPhases([watchNodes], other);
  expect(await planned(other)).toEqual([]);
  expect(host.files.get('/etc/cron.d/evil')).toBeUndefined();
});

it('takes manifests as kubeadm made them in a later run', async () => {
  const { setup, host } = await watched();
  host.files.edit(manifest, 'kind: Pod # of another join\n');
  host.files.edit('/var/lib/perimeter/kubernetes/done.json', '{"at":"second"}\n');
  expect(await planned(setup)).toEqual(['record how the node is, to notice what is changed by hand']);
  await applyPhases([watchNodes], setup);
  expect(await planned(setup)).toEqual([]);
});

it('is not surprised by the link that starts a declared unit', async () => {
  const { setup, host } = await watched();
  host.files.directory('/etc/systemd/system/multi-user.target.wants');
  host.files.link(
    '/etc/systemd/system/multi-user.target.wants/kubelet.service',
    '/etc/systemd/system/kubelet.service',
  );
  expect(await planned(setup)).toEqual(['record how the node is, to notice what is changed by hand']);
  await applyPhases([watchNodes], setup);
  expect(await planned(setup)).toEqual([]);
});
