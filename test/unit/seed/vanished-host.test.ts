import { afterAll, expect, test } from 'vitest';
import type { PerimeterEvent } from '../../../installer/base/events.ts';
import { applyPhases } from '../../../installer/engine/apply-phases.ts';
import { planPhases } from '../../../installer/engine/plan-phases.ts';
import type { EngineSetup } from '../../../installer/engine/setup.ts';
import type { HostHands } from '../../../installer/hosts/host.ts';
import { unreachable } from '../../../installer/hosts/host-errors.ts';
import { seedImages } from '../../../installer/phases/seed-images.ts';
import { nodeBundle } from '../phases/site-bundle.ts';
import { removeWorlds, SiteWorld } from '../phases/site-world.ts';

afterAll(removeWorlds);

/** The hosts of a world, one of which answers nothing any more. */
async function without(world: SiteWorld, dead: string): Promise<EngineSetup> {
  const setup = await world.setup();
  const vanished = (host: HostHands): HostHands =>
    new Proxy(host, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== 'function') return value;
        return async () => {
          throw unreachable(host, 'it does not answer');
        };
      },
    });
  const hands = (name: string): HostHands =>
    name === dead ? vanished(setup.hosts.hands(name)) : setup.hosts.hands(name);
  return { ...setup, hosts: { ...setup.hosts, hands } };
}

test('a host that vanished before seeding is named, and the others have what they lack', async () => {
  const world = new SiteWorld(await nodeBundle(), 3);
  const setup = await without(world, 'n2');
  const plan = await planPhases([seedImages], setup);
  expect(plan.phases[0]?.targets[0]?.changes[0]?.sentence).toMatch(/; without n2, where nobody answers$/);
  const lost = { code: 'E_HOST_UNREACHABLE', message: expect.stringContaining('n2') };
  await expect(applyPhases([seedImages], setup)).rejects.toMatchObject(lost);
  // Nothing is left to do for the others, so what is left is the one that does not answer.
  await expect(planPhases([seedImages], setup)).rejects.toMatchObject(lost);
  const seen: PerimeterEvent[] = [];
  const events = { emit: (event: PerimeterEvent) => void seen.push(event) };
  await applyPhases([seedImages], { ...(await world.setup()), events });
  const notes = seen.flatMap((event) => (event.kind === 'note' ? [event.text] : []));
  expect(notes[0]).toMatch(/^seed n2 /);
  expect(notes[0]).not.toMatch(/n1|n3/);
});
