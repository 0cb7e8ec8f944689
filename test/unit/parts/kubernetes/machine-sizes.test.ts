import { describe, expect, it } from 'vitest';
import { sizedFor } from '../../../../installer/parts/kubernetes/machine-sizes.ts';
import type { SiteNode } from '../../../../installer/site/site.ts';
import { MemoryHost } from '../../../../installer/testkit/memory-host.ts';
import { sampleSite } from '../../../support/sample-site.ts';

const node = sampleSite().nodes[0] as SiteNode;
const withKubelet = (kubelet: Record<string, unknown>): SiteNode => ({
  ...node,
  profile: { ...node.profile, kubelet },
});
const df = (size: string) => () => ({
  stdout: `Filesystem 1024-blocks Used Available\n/dev/sda2 ${size} 1 1 1% /\n`,
});

function host(size = '209715200'): MemoryHost {
  const made = new MemoryHost({ commands: { df: df(size), nproc: () => ({ stdout: '4\n' }) } });
  made.files.edit('/proc/meminfo', 'MemTotal:       16777216 kB\n');
  return made;
}

describe('reservations of a node', () => {
  it('are sized from its real disk, memory and cores', async () => {
    const sized = await sizedFor(
      withKubelet({ evictionHard: { 'nodefs.available': 'auto' }, kubeReserved: { memory: 'auto' } }),
      host(),
    );
    expect(sized.profile.kubelet).toEqual({
      evictionHard: { 'nodefs.available': '10240Mi' },
      kubeReserved: { memory: '819Mi' },
    });
  });

  it('ask a host nothing when the profile has them written out', async () => {
    const asked = host();
    const written = withKubelet({ kubeReserved: { memory: '256Mi' } });
    expect(await sizedFor(written, asked)).toBe(written);
    expect(asked.queries).toEqual([]);
  });

  it('are not guessed when the host does not tell', async () => {
    const auto = withKubelet({ kubeReserved: { memory: 'auto' } });
    await expect(sizedFor(auto, host('none'))).rejects.toMatchObject({ code: 'E_HOST_COMMAND' });
  });
});
