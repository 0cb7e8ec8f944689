import { describe, expect, it } from 'vitest';
import { autoPlaces, sizedKubelet } from '../../../installer/site/kubelet-sizes.ts';
import { loadProfiles } from '../../../installer/site/load-profiles.ts';
import { siteFolder } from './site-folder.ts';

const small = { cores: 2, memoryMib: 4096, diskMib: 20_480 };
const large = { cores: 128, memoryMib: 1024 * 1024, diskMib: 20 * 1024 * 1024 };
const kubelet = {
  maxPods: 110,
  systemReserved: { cpu: 'auto', memory: 'auto' },
  kubeReserved: { cpu: '200m', memory: 'auto' },
  evictionHard: { 'memory.available': 'auto', 'nodefs.available': 'auto', 'imagefs.available': '2Gi' },
};

describe('what the kubelet keeps back', () => {
  it('follows from the machine, and is never too small or wasteful', () => {
    expect(sizedKubelet(kubelet, small)).toEqual({
      maxPods: 110,
      systemReserved: { cpu: '100m', memory: '256Mi' },
      kubeReserved: { cpu: '200m', memory: '256Mi' },
      evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1024Mi', 'imagefs.available': '2Gi' },
    });
    expect(sizedKubelet(kubelet, large)).toMatchObject({
      systemReserved: { cpu: '500m', memory: '1024Mi' },
      kubeReserved: { memory: '4096Mi' },
      evictionHard: { 'memory.available': '1024Mi', 'nodefs.available': '51200Mi' },
    });
  });

  it('leaves no auto behind in any profile of the product, and compact as it is written', async () => {
    const { profiles } = await loadProfiles(await siteFolder());
    expect(profiles.size).toBeGreaterThan(0);
    for (const profile of profiles.values()) {
      expect(JSON.stringify(sizedKubelet(profile?.kubelet ?? {}, small))).not.toContain('auto');
    }
    const compact = profiles.get('compact')?.kubelet ?? {};
    expect(autoPlaces(compact)).toEqual([]);
    expect(sizedKubelet(compact, large)).toEqual(compact);
  });
});
