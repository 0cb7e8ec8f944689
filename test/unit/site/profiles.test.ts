import { expect, test } from 'vitest';
import { describeProblem } from '../../../installer/base/checked-yaml.ts';
import { loadProfiles } from '../../../installer/site/load-profiles.ts';
import { siteFolder } from './site-folder.ts';

test('the profiles of the product are sound', async () => {
  const { profiles, problems } = await loadProfiles(await siteFolder());
  expect(problems).toEqual([]);
  expect([...profiles.keys()].toSorted()).toEqual(['compact', 'control-plane', 'storage', 'worker']);
});

test('no profile lets the kubelet throw side-loaded images away', async () => {
  const { profiles } = await loadProfiles(await siteFolder());
  expect(profiles.size).toBeGreaterThan(0);
  for (const [name, profile] of profiles) {
    expect(profile?.kubelet, name).toMatchObject({
      imageGCHighThresholdPercent: 100,
      imageGCLowThresholdPercent: 99,
    });
    const eviction = Object.entries(profile?.kubelet['evictionHard'] as Record<string, string>);
    // A share of a large disk would evict while there is still plenty of room.
    const shares = eviction.filter(
      ([signal, value]) => !signal.endsWith('inodesFree') && value.endsWith('%'),
    );
    expect(shares, name).toEqual([]);
  }
});

test('workloads stay off a node that is only control plane', async () => {
  const { profiles } = await loadProfiles(await siteFolder());
  expect(profiles.get('control-plane')?.taints).toEqual(['node-role.kubernetes.io/control-plane:NoSchedule']);
  expect(profiles.get('compact')?.taints).toEqual([]);
});

const problemsOf = async (files: Readonly<Record<string, string>>): Promise<string[]> =>
  (await loadProfiles(await siteFolder(files))).problems.map(describeProblem);

test('a profile may build on one that builds on another, in any order of their names', async () => {
  const { profiles, problems, layers } = await loadProfiles(
    await siteFolder({
      'profiles/a.yaml': 'extends: b\nlabels: {rack: "7"}\n',
      'profiles/b.yaml': 'extends: storage\nminimum: {cores: 8}\n',
    }),
  );
  expect(problems).toEqual([]);
  expect(profiles.get('a')).toMatchObject({
    minimum: { cores: 8 },
    labels: { rack: '7', 'perimeter.internal/storage': 'true' },
  });
  expect(layers.get('a')?.map(({ origin }) => origin)).toEqual([
    'profiles/compact.yaml (product)',
    'profiles/worker.yaml (product)',
    'profiles/storage.yaml (product)',
    'profiles/b.yaml (site)',
    'profiles/a.yaml (site)',
  ]);
});

test("a profile of the site may stand in the place of the product's own and still build on it", async () => {
  const { profiles, problems } = await loadProfiles(
    await siteFolder({ 'profiles/compact.yaml': 'extends: compact\nminimum: {cores: 6}\n' }),
  );
  expect(problems).toEqual([]);
  expect(profiles.get('compact')?.minimum.cores).toBe(6);
  // What builds on it in the product builds on the site's one now.
  expect(profiles.get('worker')?.minimum.cores).toBe(6);
});

test.each([
  [
    'a circle',
    { 'profiles/a.yaml': 'extends: b\n', 'profiles/b.yaml': 'extends: a\n' },
    'builds on this profile itself',
  ],
  ['itself', { 'profiles/a.yaml': 'extends: a\n' }, 'there is no sound profile "a"'],
  [
    'one that is not there',
    { 'profiles/a.yaml': 'extends: compct\n' },
    'profiles/a.yaml:1: extends: there is no sound profile "compct" to build on',
  ],
  [
    'auto where nothing can be sized',
    { 'profiles/a.yaml': 'extends: worker\nkubelet:\n  maxPods: auto\n' },
    'profiles/a.yaml:3: kubelet.maxPods: `auto` is not known here',
  ],
  [
    'a key given twice',
    { 'profiles/a.yaml': 'extends: worker\nlabels: {a: "1"}\nlabels: {a: "2"}\n' },
    'is given twice',
  ],
  ['an alias', { 'profiles/a.yaml': 'extends: worker\nlabels: *x\n' }, 'alias'],
])('a profile that builds on %s is refused', async (_what, files, words) => {
  expect((await problemsOf(files as Record<string, string>)).join('\n')).toContain(words);
});

test('a version in a label stays what was written', async () => {
  const { profiles } = await loadProfiles(
    await siteFolder({ 'profiles/a.yaml': 'extends: worker\nlabels: {release: 1.10}\n' }),
  );
  expect(profiles.get('a')?.labels['release']).toBe('1.10');
});
