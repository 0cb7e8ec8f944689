import { beforeEach, describe, expect, it, vi } from 'vitest';
import { applyPhases } from '../../../installer/engine/apply-phases.ts';
import { planPhases } from '../../../installer/engine/plan-phases.ts';
import { initControlPlane } from '../../../installer/phases/init-control-plane.ts';
import { describeHostPhase } from '../suites/phase-suite.ts';
import { type KubeadmWorld, kubeadmWorld } from './kubeadm-world.ts';
import { ownFolder } from './own-folder.ts';

// The marks on a node carry the time of their making.
beforeEach(() => void vi.setSystemTime(new Date('2030-01-01T00:00:00Z')));

const freshCredentials = (): Promise<string> => ownFolder();

describeHostPhase(initControlPlane, async () => await kubeadmWorld(3, await freshCredentials()));

async function sentences(world: KubeadmWorld): Promise<string[]> {
  const plan = await planPhases([initControlPlane], world.setup);
  return plan.phases.flatMap(({ targets }) =>
    targets.flatMap(({ changes }) => changes.map((change) => change.sentence)),
  );
}

const host = (world: KubeadmWorld, index = 0) =>
  world.hosts[index] as NonNullable<(typeof world.hosts)[number]>;

describe('init-control-plane', () => {
  it('fetches the administrator and leaves the unrestrainable one nowhere', async () => {
    const world = await kubeadmWorld(1);
    await applyPhases([initControlPlane], world.setup);
    expect(world.setup.credentials.get('kubernetes.admin-kubeconfig')).toContain(
      'server: https://10.1.0.11:6443',
    );
    expect(host(world).files.text('/etc/kubernetes/super-admin.conf')).toBeUndefined();
    expect(host(world).files.text('/run/perimeter/kubeadm.yaml')).toBeUndefined();
  });

  it('says what kubeadm said when it fails; the next run cleans up and begins again', async () => {
    const world = await kubeadmWorld(1);
    world.failNext();
    await expect(applyPhases([initControlPlane], world.setup)).rejects.toMatchObject({
      code: 'E_HOST_COMMAND',
      message: expect.stringContaining('the last words of kubeadm'),
    });
    expect(await sentences(world)).toEqual([
      'clean up the init of 2030-01-01T00:00:00.000Z on n1, which was never finished',
      'initialise the cluster on n1',
      "fetch the administrator's kubeconfig from n1",
    ]);
    await applyPhases([initControlPlane], world.setup);
    expect(await sentences(world)).toEqual([]);
  });

  it('never cleans up a cluster that answers to the site', async () => {
    const world = await kubeadmWorld(1);
    await applyPhases([initControlPlane], world.setup);
    host(world).files.remove('/var/lib/perimeter/kubernetes/done.json');
    await expect(applyPhases([initControlPlane], world.setup)).rejects.toMatchObject({
      code: 'E_CHECK_REFUSED',
    });
    expect(host(world).files.text('/etc/kubernetes/kubelet.conf')).toBe('kubelet');
  });

  it('a Kubernetes of somebody else is refused and left alone', async () => {
    const world = await kubeadmWorld(1);
    host(world).files.edit('/etc/kubernetes/manifests/etcd.yaml', 'theirs');
    await expect(planPhases([initControlPlane], world.setup)).rejects.toMatchObject({
      code: 'E_CHECK_REFUSED',
    });
    host(world).files.remove('/etc/kubernetes');
    host(world).files.edit(
      '/var/lib/perimeter/kubernetes/begun.json',
      '{"site":"other","action":"init","at":"x"}',
    );
    await expect(planPhases([initControlPlane], world.setup)).rejects.toMatchObject({
      message: expect.stringContaining('"other"'),
    });
    expect(host(world).changes).toEqual([]);
  });

  it('a first node that was lost and made anew never starts a second cluster', async () => {
    const world = await kubeadmWorld(3);
    const [first, second] = [host(world), host(world, 1)];
    await applyPhases([initControlPlane], world.setup);
    for (const path of ['/etc/kubernetes', '/var/lib/perimeter/kubernetes', '/var/lib/etcd']) {
      const entries = Object.keys(first.files.snapshot()).filter((known) => known.startsWith(`${path}/`));
      for (const entry of entries) second.files.edit(entry, first.files.text(entry) ?? '');
      first.files.remove(path);
    }
    second.files.remove('/etc/kubernetes/manifests');
    expect(await sentences(world)).toEqual([]);
  });

  it('credentials that were lost are fetched again, and nothing else is done', async () => {
    const world = await kubeadmWorld(1);
    await applyPhases([initControlPlane], world.setup);
    await world.setup.credentials.delete('kubernetes.admin-kubeconfig');
    expect(await sentences(world)).toEqual(["fetch the administrator's kubeconfig from n1"]);
    await applyPhases([initControlPlane], world.setup);
    expect(await sentences(world)).toEqual([]);
  });

  it('no token, key or kubeconfig is ever part of a command line or a plan', async () => {
    const world = await kubeadmWorld(1);
    await applyPhases([initControlPlane], world.setup);
    const told = [...host(world).changes, ...host(world).queries].join('\n');
    expect(told).not.toMatch(/[a-z0-9]{6}\.[a-z0-9]{16}/);
    expect(told).not.toContain('client-key-data');
  });
});
