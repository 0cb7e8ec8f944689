import { beforeAll, describe, expect, it } from 'vitest';
import { applyPhases } from '../../../installer/engine/apply-phases.ts';
import { changeCount } from '../../../installer/engine/plan.ts';
import { planPhases } from '../../../installer/engine/plan-phases.ts';
import type { HostHands } from '../../../installer/hosts/host.ts';
import { prepareNodes } from '../../../installer/phases/prepare-nodes.ts';
import type { PhaseWorld } from '../suites/phase-suite.ts';
import { memoryWorld } from './memory-world.ts';

const hostCount = 200;
/** Of prepare-nodes: what the phase itself says. */
const mostAtOnce = 32;

/** The same world, which tells how many hosts were talked to at the same time at most. */
function counting(world: PhaseWorld): PhaseWorld & { readonly most: () => number } {
  const talking = new Map<string, number>();
  let most = 0;
  const watched = (host: HostHands): HostHands =>
    new Proxy(host, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          talking.set(target.name, (talking.get(target.name) ?? 0) + 1);
          most = Math.max(most, talking.size);
          try {
            return await (value as (...all: unknown[]) => unknown).apply(target, args);
          } finally {
            const left = (talking.get(target.name) ?? 1) - 1;
            if (left === 0) talking.delete(target.name);
            else talking.set(target.name, left);
          }
        };
      },
    });
  const hosts = { hands: (name: string) => watched(world.setup.hosts.hands(name)), close: async () => {} };
  return { ...world, setup: { ...world.setup, hosts }, most: () => most };
}

describe(`${hostCount} nodes`, () => {
  let world: PhaseWorld;

  beforeAll(async () => {
    world = await memoryWorld(hostCount);
    await applyPhases([prepareNodes], world.setup);
  }, 240_000);

  it('are planned and looked at without more than a few of them at once', async () => {
    const { setup, most } = counting(world);
    const plan = await planPhases([prepareNodes], setup);
    expect(plan.phases[0]?.targets).toHaveLength(hostCount);
    expect(changeCount(plan)).toBe(0);
    const [result] = await applyPhases([prepareNodes], setup);
    expect(result?.applied).toBe(0);
    expect(most()).toBeGreaterThan(1);
    expect(most()).toBeLessThanOrEqual(mostAtOnce);
  }, 120_000);

  it('do not wait for the one that is dead: every other is done, and the error names it', async () => {
    for (const { files } of world.hosts) files.edit('/etc/containerd/config.toml', '# mine\n');
    const dead = world.hosts[117];
    dead?.interruptAfter(0);
    const run = applyPhases([prepareNodes], world.setup);
    await expect(run).rejects.toMatchObject({
      code: 'E_HOST_UNREACHABLE',
      message: expect.stringContaining('n118'),
    });
    const left = world.hosts.filter(({ files }) => files.text('/etc/containerd/config.toml') === '# mine\n');
    expect(left.map(({ name }) => name)).toEqual(['n118']);
    dead?.reconnect();
  }, 120_000);
});
