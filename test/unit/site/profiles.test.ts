import { expect, test } from 'vitest';
import { loadProfiles } from '../../../installer/site/load-profiles.ts';
import { siteFolder } from './site-folder.ts';

test('the profiles of the product are sound', async () => {
  const { profiles, problems } = await loadProfiles(await siteFolder());
  expect(problems).toEqual([]);
  expect([...profiles.keys()].toSorted()).toEqual(['compact', 'control-plane', 'worker']);
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
