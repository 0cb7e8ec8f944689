import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { productDirectory } from '../../../../installer/base/files.ts';
import { applyPhases } from '../../../../installer/engine/apply-phases.ts';
import { changeCount } from '../../../../installer/engine/plan.ts';
import { planPhases } from '../../../../installer/engine/plan-phases.ts';
import { watchPaths } from '../../../../installer/parts/watch/watch-paths.ts';
import { prepareNodes } from '../../../../installer/phases/prepare-nodes.ts';
import { watchNodes } from '../../../../installer/phases/watch-nodes.ts';
import { memoryWorld } from '../../phases/memory-world.ts';
import { ownFolder } from '../../phases/own-folder.ts';

const rules = await readFile(productDirectory('playbooks', 'files', 'audit.rules'), 'utf8');
const lines = rules.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
const watched = lines.flatMap((line) => /^-w (\S+) -p wa -k perimeter$/.exec(line)?.[1] ?? []);

it('the audit log hears of every file and folder that the watch of a node looks at', async () => {
  const { setup, hosts } = await memoryWorld(1, await ownFolder());
  await applyPhases([prepareNodes, watchNodes], setup);
  const list = hosts[0]?.files.text(watchPaths.list) ?? '';
  const paths = list.split('\n').flatMap((line) => /^\w+\t(?:file|tree)\t(.+)$/.exec(line)?.[1] ?? []);
  expect(paths.length).toBeGreaterThan(30);
  const isHeard = (path: string): boolean =>
    watched.some((place) => path === place || path.startsWith(`${place}/`));
  // Of the bundle in memory: a socket that its container runtime has made.
  const left = paths.filter((path) => !isHeard(path) && !path.startsWith('/run/'));
  expect(left).toEqual([]);
});

it('rules take the place of those that were loaded before, and touch nobody else’s', () => {
  expect(lines[0]).toBe('-D -k perimeter');
  expect(lines.slice(1)).toHaveLength(watched.length);
});

const place = '/etc/audit/rules.d/90-perimeter.rules';

/** A prepared node whose first look tells this of the audit system. */
async function prepared(facts: { readonly auditRules?: 'yes'; readonly auditOpen?: 'yes' }) {
  const { setup, hosts } = await memoryWorld(1, await ownFolder());
  const [host] = hosts;
  if (host === undefined) throw new Error('no host');
  host.machine.facts = { ...host.machine.facts, ...facts };
  await applyPhases([prepareNodes], setup);
  expect(changeCount(await planPhases([prepareNodes], setup))).toBe(0);
  return { host, loads: () => host.changes.filter((change) => change.startsWith('auditctl ')), setup };
}

describe('rules for the audit log', () => {
  it('are not placed on a host without the audit daemon', async () => {
    const { host, loads } = await prepared({ auditOpen: 'yes' });
    expect(host.files.get(place)).toBeUndefined();
    expect(host.files.get('/var/lib/kubelet')).toBeUndefined();
    expect(loads()).toEqual([]);
  });

  it('are placed and loaded, and again when somebody changed them', async () => {
    const { host, loads, setup } = await prepared({ auditRules: 'yes', auditOpen: 'yes' });
    expect(host.files.text(place)).toBe(rules);
    expect(loads()).toEqual([`auditctl -R ${place}`]);
    host.files.edit(place, '-D\n');
    await applyPhases([prepareNodes], setup);
    expect(host.files.text(place)).toBe(rules);
    expect(loads()).toHaveLength(2);
  });

  it('wait for the next boot where the kernel takes none', async () => {
    const { host, loads } = await prepared({ auditRules: 'yes' });
    expect(host.files.text(place)).toBe(rules);
    expect(loads()).toEqual([]);
  });
});
