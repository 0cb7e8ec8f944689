import type { Site, SiteNode } from '../../installer/site/site.ts';

const node = (name: string, address: string): SiteNode => ({
  name,
  address,
  roles: ['control-plane', 'worker'],
  profile: {
    name: 'compact',
    roles: ['control-plane', 'worker'],
    minimum: { cores: 1, memoryMib: 1, diskFreeMib: 1 },
    sysctl: {},
    modules: [],
    kernelArguments: [],
    packages: [],
    timeServers: [],
    filesystems: [],
    bootImages: [],
    kubelet: {},
    labels: {},
    taints: [],
  },
  ssh: { user: 'root', port: 22, hostKey: 'ssh-ed25519 AAAA', keyFile: '/nowhere/key' },
});

/** A site of three compact nodes with a developer and two approvers. */
export function sampleSite(directory = '/nowhere/site'): Site {
  const domain = 'test.internal';
  return {
    name: 'test',
    domain,
    directory,
    digest: `sha256:${'0'.repeat(64)}`,
    network: {
      nodeCidr: '10.77.0.0/24',
      podCidr: '10.244.0.0/16',
      serviceCidr: '10.96.0.0/12',
      outsideProbes: ['192.0.2.1'],
    },
    endpoints: {
      api: { host: `api.${domain}`, port: 7443 },
      registry: { host: `registry.${domain}`, port: 30500 },
      git: { host: `git.${domain}`, port: 30443 },
      secrets: { host: `secrets.${domain}`, port: 30820 },
    },
    seeding: { maxBytesPerSecond: 0 },
    gitops: { engine: 'flux', intervalSeconds: 15 },
    environments: ['dev', 'test', 'prod'],
    people: [
      { login: 'dana', fullName: 'Dana Developer', role: 'developer' },
      { login: 'ada', fullName: 'Ada Approver', role: 'approver' },
      { login: 'ben', fullName: 'Ben Approver', role: 'approver' },
    ],
    trust: { bundleKeys: [], importerKeys: [] },
    import: {},
    nodes: [node('n1', '10.77.0.11'), node('n2', '10.77.0.12'), node('n3', '10.77.0.13')],
    waivers: [],
  };
}
