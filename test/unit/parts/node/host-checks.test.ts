import { describe, expect, it } from 'vitest';
import type { HostFacts } from '../../../../installer/hosts/facts.ts';
import { checkHost } from '../../../../installer/parts/node/host-checks.ts';
import type { Site, SiteNode } from '../../../../installer/site/site.ts';

const site = {
  name: 'unit',
  network: {
    nodeCidr: '10.0.0.0/24',
    podCidr: '10.244.0.0/16',
    serviceCidr: '10.96.0.0/12',
    outsideProbes: [],
  },
  endpoints: { registry: { port: 30500 }, git: { port: 30443 }, secrets: { port: 30820 } },
} as unknown as Site;
const node = {
  name: 'n1',
  profile: { name: 'compact', minimum: { cores: 2, memoryMib: 2048, diskFreeMib: 1000 } },
} as SiteNode;
const disk = { freeMib: 8000 };

const fit: HostFacts = {
  hostname: 'n1',
  os: { id: 'debian', version: '12', name: 'Debian' },
  kernel: '6.1',
  architecture: 'x86_64',
  cores: 2,
  memoryMib: 4096,
  diskFreeMib: 20_000,
  cgroupVersion: 2,
  kernelModules: true,
  bridgeNetfilter: true,
  canLowerOomScore: true,
  clockSkewMs: 40,
  clockErrorMs: 10,
  uptimeSeconds: 100,
  hasDefaultRoute: false,
  kubeletConfigured: false,
  bootId: 'a',
  swap: [],
  routes: ['10.0.0.0/24'],
  listeningPorts: [22],
  siteMarker: undefined,
  kubernetesTraces: [],
};

const checksOf = (facts: Partial<HostFacts>): string[] =>
  checkHost({ facts: { ...fit, ...facts }, node, site, disk }).map((finding) => finding.check);

describe('checkHost', () => {
  it('finds nothing on a fit host', () => {
    expect(checksOf({})).toEqual([]);
  });

  it.each<[string, Partial<HostFacts>, string]>([
    ['an unknown system', { os: { id: 'alpine', version: '3.20', name: 'Alpine' } }, 'operating system'],
    ['another architecture', { architecture: 'aarch64' }, 'architecture'],
    ['too few cores', { cores: 1 }, 'cores'],
    ['too little memory', { memoryMib: 2047 }, 'memory'],
    ['too little disk for this bundle', { diskFreeMib: 7999 }, 'free disk in /var/lib'],
    ['a clock ten minutes ahead', { clockSkewMs: 600_000 }, 'clock'],
    ['a clock ten minutes behind', { clockSkewMs: -600_000 }, 'clock'],
    ['swap', { swap: ['/swapfile'] }, 'swap'],
    ['a host of another site', { siteMarker: 'other' }, 'belongs to a site'],
    ['an unreadable marker', { siteMarker: 'unreadable' }, 'belongs to a site'],
    [
      'a foreign kubelet',
      { kubernetesTraces: ['/etc/kubernetes/kubelet.conf'] },
      'a Kubernetes that is not ours',
    ],
    ['a taken port', { listeningPorts: [22, 6443] }, 'ports'],
    ['a route into the pod network', { routes: ['10.244.7.0/24'] }, 'pod network 10.244.0.0/16'],
  ])('refuses %s', (_title, facts, check) => {
    expect(checksOf(facts)).toEqual([check]);
  });

  it('does not mistake its own Kubernetes for a foreign one', () => {
    expect(
      checksOf({
        siteMarker: 'unit',
        kubernetesTraces: ['/etc/kubernetes/kubelet.conf'],
        listeningPorts: [6443],
        diskFreeMib: 1500,
      }),
    ).toEqual([]);
  });

  it('reports everything at once', () => {
    expect(checksOf({ cores: 1, memoryMib: 1, swap: ['/dev/x'] })).toEqual(['cores', 'memory', 'swap']);
  });
});
