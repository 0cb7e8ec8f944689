import { afterAll, expect, test } from 'vitest';
import { applyPhases } from '../../../installer/engine/apply-phases.ts';
import { loadImages, loadRest } from '../../../installer/phases/load-images.ts';
import { recorded } from '../../fixtures/recorded-events.ts';
import { nodeBundle } from './site-bundle.ts';
import { removeWorlds, SiteWorld } from './site-world.ts';

afterAll(removeWorlds);

test.each([
  ['what a cluster starts with', loadImages, expect.stringContaining('; 1 image unpacked, the last ')],
  ['nothing of the rest', loadRest, expect.not.stringContaining('unpacked')],
])('is unpacked when it is loaded: %s', async (_what, phase, told) => {
  const world = new SiteWorld(await nodeBundle(), 1);
  const { events, notes } = recorded();
  await applyPhases([phase], { ...(await world.setup()), events });
  expect(notes().at(-1)).toEqual(told);
});
