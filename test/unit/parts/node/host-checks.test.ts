import { describe, expect, it } from 'vitest';
import { type HostFacts, parseHostFacts } from '../../../../installer/hosts/facts.ts';
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
  osId: 'debian',
  osVersion: '12',
  kernel: '6.1',
  architecture: 'x86_64',
  cores: 2,
  memoryMib: 4096,
  diskFreeMib: 20_000,
  cgroupVersion: 2,
  kernelHasModules: true,
  mayLowerOomScore: true,
  clockSkewMs: 40,
  bootId: 'a',
  swapMib: 0,
  routes: ['10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.11'],
  listeningPorts: [22],
  siteMarker: '',
  kubernetesPaths: [],
};

const checksOf = (facts: Partial<HostFacts>): string[] =>
  checkHost({ facts: { ...fit, ...facts }, node, site, disk }).map((finding) => finding.check);

describe('checkHost', () => {
  it('finds nothing on a fit host', () => {
    expect(checksOf({})).toEqual([]);
  });

  it.each<[string, Partial<HostFacts>, string]>([
    ['an unknown system', { osId: 'alpine', osVersion: '3.20' }, 'operating system'],
    ['another architecture', { architecture: 'aarch64' }, 'architecture'],
    ['too few cores', { cores: 1 }, 'cores'],
    ['too little memory', { memoryMib: 2047 }, 'memory'],
    ['too little disk for this bundle', { diskFreeMib: 7999 }, 'free disk in /var/lib'],
    ['a clock ten minutes ahead', { clockSkewMs: 600_000 }, 'clock'],
    ['a clock ten minutes behind', { clockSkewMs: -600_000 }, 'clock'],
    ['swap', { swapMib: 512 }, 'swap'],
    ['a host of another site', { siteMarker: '{"site":"other"}' }, 'belongs to a site'],
    ['an unreadable marker', { siteMarker: '{' }, 'belongs to a site'],
    [
      'a foreign kubelet',
      { kubernetesPaths: ['/etc/kubernetes/kubelet.conf'] },
      'a Kubernetes that is not ours',
    ],
    ['a taken port', { listeningPorts: [22, 6443] }, 'ports'],
    ['a route into the pod network', { routes: ['10.244.7.0/24 dev tun0'] }, 'pod network 10.244.0.0/16'],
  ])('refuses %s', (_title, facts, check) => {
    expect(checksOf(facts)).toEqual([check]);
  });

  it('does not mistake its own Kubernetes for a foreign one', () => {
    expect(
      checksOf({
        siteMarker: '{"site":"unit"}',
        kubernetesPaths: ['/etc/kubernetes/kubelet.conf'],
        listeningPorts: [6443],
        diskFreeMib: 1500,
      }),
    ).toEqual([]);
  });

  it('reports everything at once', () => {
    expect(checksOf({ cores: 1, memoryMib: 1, swapMib: 1 })).toEqual(['cores', 'memory', 'swap']);
  });
});

describe('parseHostFacts', () => {
  it('reads what the script prints', () => {
    const output = [
      'osId=debian',
      'osVersion=12',
      'cores=2',
      'memoryKib=4194304',
      'nowMs=10500',
      'ports=0016 192B ',
      `routes=${btoa('a\nb\n')}`,
      'found=/etc/x',
      'found=/etc/y',
      '',
    ].join('\n');
    expect(parseHostFacts(output, 10_000)).toMatchObject({
      osId: 'debian',
      memoryMib: 4096,
      clockSkewMs: 500,
      listeningPorts: [22, 6443],
      routes: ['a', 'b'],
      kubernetesPaths: ['/etc/x', '/etc/y'],
    });
  });
});
