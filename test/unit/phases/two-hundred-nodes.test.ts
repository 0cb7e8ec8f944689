import process from 'node:process';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyPhases } from '../../../installer/engine/apply-phases.ts';
import { changeCount } from '../../../installer/engine/plan.ts';
import { planPhases } from '../../../installer/engine/plan-phases.ts';
import type { HostHands } from '../../../installer/hosts/host.ts';
import { hostsAtOnce } from '../../../installer/hosts/hosts-at-once.ts';
import { loadImages } from '../../../installer/phases/load-images.ts';
import { prepareNodes } from '../../../installer/phases/prepare-nodes.ts';
import { seedImages } from '../../../installer/phases/seed-images.ts';
import { watchNodes } from '../../../installer/phases/watch-nodes.ts';
import type { PhaseWorld } from '../suites/phase-suite.ts';
import { memoryWorld } from './memory-world.ts';
import { findFiles, lookAtImages } from './site-agent.ts';

const hostCount = 200;
/** On top of what is held for the hosts in memory themselves. */
const mostHeapBytes = 256 * 1024 * 1024;

interface Counted extends PhaseWorld {
  /** How many hosts were talked to at the same time, at most. */
  readonly most: () => number;
  /** By how much the heap had grown at most while one was. */
  readonly grownBytes: () => number;
}

/** The same world, which tells what talking to it cost. */
function counting(world: PhaseWorld): Counted {
  const talking = new Map<string, number>();
  let most = 0;
  const heapBytes = process.memoryUsage().heapUsed;
  let peakBytes = heapBytes;
  const watched = (host: HostHands): HostHands =>
    new Proxy(host, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          talking.set(target.name, (talking.get(target.name) ?? 0) + 1);
          most = Math.max(most, talking.size);
          peakBytes = Math.max(peakBytes, process.memoryUsage().heapUsed);
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
  const setup = { ...world.setup, hosts };
  return { ...world, setup, most: () => most, grownBytes: () => peakBytes - heapBytes };
}

describe(`${hostCount} nodes`, () => {
  let world: PhaseWorld;

  beforeAll(async () => {
    world = await memoryWorld(hostCount, undefined, { find: findFiles, 'look-at-images': lookAtImages });
    await applyPhases([prepareNodes], world.setup);
  }, 240_000);

  it('are planned and looked at without more than a few of them at once', async () => {
    const { setup, most, grownBytes } = counting(world);
    const plan = await planPhases([prepareNodes], setup);
    expect(plan.phases[0]?.targets).toHaveLength(hostCount);
    expect(changeCount(plan)).toBe(0);
    const [result] = await applyPhases([prepareNodes], setup);
    expect(result?.applied).toBe(0);
    expect(most()).toBeGreaterThan(1);
    expect(most()).toBeLessThanOrEqual(hostsAtOnce);
    expect(grownBytes()).toBeLessThan(mostHeapBytes);
  }, 120_000);

  it('are asked what they lack and watch a few at a time as well', async () => {
    const seeding = counting(world);
    const plan = await planPhases([seedImages, loadImages, watchNodes], seeding.setup);
    expect(plan.phases.map(({ targets }) => targets.length)).toEqual([1, hostCount, hostCount]);
    expect(seeding.most()).toBeGreaterThan(1);
    expect(seeding.most()).toBeLessThanOrEqual(hostsAtOnce);
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
