import { beforeEach, describe, expect, it, vi } from 'vitest';
import { isPerimeterError } from '../../../installer/base/errors.ts';
import { applyPhases } from '../../../installer/engine/apply-phases.ts';
import { planPhases } from '../../../installer/engine/plan-phases.ts';
import { initControlPlane } from '../../../installer/phases/init-control-plane.ts';
import { joinNodes } from '../../../installer/phases/join-nodes.ts';
import { describeHostPhase } from '../suites/phase-suite.ts';
import { stateOf } from '../suites/state-of.ts';
import { type KubeadmWorld, kubeadmWorld } from './kubeadm-world.ts';
import { ownFolder } from './own-folder.ts';

// The marks on a node carry the time of their making.
beforeEach(() => void vi.setSystemTime(new Date('2030-01-01T00:00:00Z')));

describeHostPhase(joinNodes, initialised);

/** A cluster on n1 with two more hosts to join; worlds differ in nothing. */
async function initialised(): Promise<KubeadmWorld> {
  const world = await kubeadmWorld(3, await ownFolder());
  await applyPhases([initControlPlane], world.setup);
  for (const host of world.hosts) host.changes.length = 0;
  world.cluster.changes.length = 0;
  return world;
}

async function sentences(world: KubeadmWorld): Promise<Record<string, string[]>> {
  const plan = await planPhases([joinNodes], world.setup);
  const targets = plan.phases.flatMap((phase) => phase.targets);
  return Object.fromEntries(
    targets.map(({ name, changes }) => [name, changes.map((change) => change.sentence)]),
  );
}

const everything = (world: KubeadmWorld): unknown => ({
  hosts: world.hosts.map(stateOf),
  cluster: world.cluster.snapshot(),
  etcd: [...world.etcd].toSorted(),
});

describe('join-nodes', () => {
  it('joins what is not the first control plane, and then plans nothing', async () => {
    const world = await initialised();
    expect(await sentences(world)).toEqual({
      n1: [],
      n2: ['join the cluster as control plane'],
      n3: ['join the cluster as control plane'],
    });
    await applyPhases([joinNodes], world.setup);
    expect(await sentences(world)).toEqual({ n1: [], n2: [], n3: [] });
    expect(world.etcd.size).toBe(3);
  });

  it('plans on bare hosts too, before there is a cluster', async () => {
    const joins = ['join the cluster as control plane'];
    expect(await sentences(await kubeadmWorld(3))).toEqual({ n1: [], n2: joins, n3: joins });
  });

  it('leaves no token and no shared certificate behind, whether it ended well or not', async () => {
    const world = await initialised();
    world.failNext();
    await applyPhases([joinNodes], world.setup).catch((error: unknown) =>
      expect(isPerimeterError(error)).toBe(true),
    );
    expect(await world.cluster.list('v1', 'Secret')).toEqual([]);
    await applyPhases([joinNodes], world.setup);
    expect(await world.cluster.list('v1', 'Secret')).toEqual([]);
    for (const host of world.hosts) expect(host.files.text('/run/perimeter/kubeadm.yaml')).toBeUndefined();
  });

  it('a join that failed is taken back, member of etcd included, and done again', async () => {
    const world = await initialised();
    world.failNext();
    await expect(applyPhases([joinNodes], world.setup)).rejects.toMatchObject({ code: 'E_HOST_COMMAND' });
    // The other one joined all the same: what the first left in etcd was in its way, and gone before.
    expect([...world.etcd].toSorted()).toEqual(['10.1.0.11', '10.1.0.13']);
    expect((await sentences(world))['n3']).toEqual([]);
    expect(Object.values(await sentences(world)).flat()).toContain(
      'clean up the join of 2030-01-01T00:00:00.000Z, which was never finished',
    );
    await applyPhases([joinNodes], world.setup);
    expect(everything(world)).toEqual(everything(await joined()));
    expect(world.hosts[0]?.changes.filter((change) => change.includes('member remove'))).toHaveLength(1);
  });

  it.each(['host', 'cluster'] as const)(
    'ends in the same state whichever answer of a %s is lost',
    async (where) => {
      const done = await joined();
      const reference = everything(done);
      const changes = where === 'host' ? (done.hosts[1]?.changes ?? []) : done.cluster.changes;
      for (const [index, change] of changes.entries()) {
        const world = await initialised();
        (where === 'host' ? world.hosts[1] : world.cluster)?.interruptAfter(index, 'lost');
        await applyPhases([joinNodes], world.setup).catch((error: unknown) => {
          expect(isPerimeterError(error), change).toBe(true);
        });
        await applyPhases([joinNodes], world.setup);
        expect(everything(world), `${index} ${change}`).toEqual(reference);
      }
    },
  );

  it('ends in the same state wherever a host is cut off', async () => {
    const reference = everything(await joined());
    const total = (await joined()).hosts[1]?.changes.length ?? 0;
    expect(total).toBeGreaterThan(8);
    for (let done = 0; done < total; done += 1) {
      const world = await initialised();
      world.hosts[1]?.interruptAfter(done);
      await expect(applyPhases([joinNodes], world.setup)).rejects.toMatchObject({
        code: 'E_HOST_UNREACHABLE',
      });
      world.hosts[1]?.reconnect();
      await applyPhases([joinNodes], world.setup);
      expect(everything(world), `cut off after ${done}`).toEqual(reference);
    }
  });

  it('ends in the same state wherever the cluster is cut off', async () => {
    const reference = everything(await joined());
    const total = (await joined()).cluster.changes.length;
    expect(total).toBeGreaterThan(4);
    for (let done = 0; done < total; done += 1) {
      const world = await initialised();
      world.cluster.interruptAfter(done);
      await expect(applyPhases([joinNodes], world.setup)).rejects.toMatchObject({ code: 'E_KUBE_API' });
      world.cluster.reconnect();
      await applyPhases([joinNodes], world.setup);
      expect(everything(world), `cut off after ${done}`).toEqual(reference);
    }
  });

  it('labels a node as its profile says', async () => {
    const world = await initialised();
    const [first] = world.setup.site.nodes;
    const labelled = { ...first, profile: { ...first?.profile, labels: { tier: 'store' } } } as NonNullable<
      typeof first
    >;
    const site = { ...world.setup.site, nodes: [labelled, ...world.setup.site.nodes.slice(1)] };
    const setup = { ...world.setup, site };
    await applyPhases([joinNodes], setup);
    const node = await world.cluster.get({ apiVersion: 'v1', kind: 'Node', name: 'n1' });
    expect(node?.metadata.labels).toEqual({ tier: 'store' });
  });
});

async function joined(): Promise<KubeadmWorld> {
  const world = await initialised();
  await applyPhases([joinNodes], world.setup);
  return world;
}
