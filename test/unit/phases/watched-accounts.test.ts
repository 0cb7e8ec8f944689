import { expect, it } from 'vitest';
import { applyPhases } from '../../../installer/engine/apply-phases.ts';
import { planPhases } from '../../../installer/engine/plan-phases.ts';
import type { EngineSetup } from '../../../installer/engine/setup.ts';
import { prepareNodes } from '../../../installer/phases/prepare-nodes.ts';
import { watchNodes } from '../../../installer/phases/watch-nodes.ts';
import type { MemoryHost } from '../../../installer/testkit/memory-host.ts';
import { memoryWorld } from './memory-world.ts';

const root = 'root:x:0:0:root:/root:/bin/bash\n';

async function watched(): Promise<{ readonly setup: EngineSetup; readonly host: MemoryHost }> {
  const { setup, hosts } = await memoryWorld(1);
  const [host] = hosts as readonly [MemoryHost];
  await applyPhases([prepareNodes, watchNodes], setup);
  return { setup, host };
}

async function planned(setup: EngineSetup): Promise<readonly string[]> {
  const { phases } = await planPhases([watchNodes], setup);
  return phases.flatMap(({ targets }) =>
    targets.flatMap(({ changes }) => changes.map(({ sentence }) => sentence)),
  );
}

it('an account that somebody added by hand is noticed, and taken back', async () => {
  const { setup, host } = await watched();
  const before = host.files.text('/etc/passwd') ?? '';
  host.files.edit('/etc/passwd', `${before}toor:x:0:0::/root:/bin/bash\n`);
  expect(await planned(setup)).toEqual(['put /etc/passwd back as it was recorded']);
  await applyPhases([watchNodes], setup);
  expect(host.files.text('/etc/passwd')).toBe(before);
});

it('accounts that came with what is declared now are no surprise', async () => {
  const { setup, host } = await watched();
  const other = { ...setup, site: { ...setup.site, digest: `sha256:${'1'.repeat(64)}` as const } };
  host.files.edit('/etc/passwd', `${root}_chrony:x:105:112::/var/lib/chrony:/usr/sbin/nologin\n`);
  expect(await planned(other)).toEqual(['record how the node is, to notice what is changed by hand']);
  await applyPhases([watchNodes], other);
  expect(await planned(other)).toEqual([]);
  expect(host.files.text('/etc/passwd')).toContain('_chrony');
});
