import { describe, expect, test } from 'vitest';
import { describeProblem } from '../../../installer/base/checked-yaml.ts';
import { explainProfile } from '../../../installer/site/explain-profile.ts';
import { loadProfiles } from '../../../installer/site/load-profiles.ts';
import { loadSite } from '../../../installer/site/load-site.ts';
import type { SiteNode } from '../../../installer/site/site.ts';
import { inventoryYaml, siteFolder } from './site-folder.ts';

const machine = `    identity: {serial: "12345", uuid: 4c4c4544-0000-4000-8000-000000000001}
    etcdDeviceHints: {serialNumber: S2}
`;
const inventory = (own: string): string =>
  inventoryYaml.replace('profile: compact', 'profile: own').replace('  - name: n2', `${own}  - name: n2`);
const ownProfile = `extends: compact
kernelArguments: [transparent_hugepage=never, "console=ttyS0,115200n8", quiet]
packages: [smartmontools]
timeServers: [10.20.0.2, ntp.plant.example.internal]
bootImages: [gitea]
filesystems:
  - {mount: /var/lib/etcd, disk: etcd}
  - {mount: /var/lib/containerd, disk: {rotational: false, minSizeGigabytes: 400}, type: xfs, options: noatime}
`;

describe('what a profile says of the machine', () => {
  test('is read, with what is left out filled in, and each word is explained', async () => {
    const site = await loadSite(
      await siteFolder({
        'inventory.yaml': inventory(`${machine}    overrides: {timeServers: [10.20.0.9]}\n`),
        'profiles/own.yaml': ownProfile,
      }),
    );
    const node = site.nodes[0] as SiteNode;
    expect(node.profile).toMatchObject({
      kernelArguments: ['transparent_hugepage=never', 'console=ttyS0,115200n8', 'quiet'],
      packages: ['smartmontools'],
      timeServers: ['10.20.0.9'],
      bootImages: ['gitea'],
      filesystems: [
        { mount: '/var/lib/etcd', disk: 'etcd', type: 'ext4', options: 'defaults' },
        { mount: '/var/lib/containerd', disk: { rotational: false, minSizeGigabytes: 400 }, type: 'xfs' },
      ],
    });
    expect(site.nodes[1]?.profile).toMatchObject({ kernelArguments: [], filesystems: [] });
    const explained = await explainProfile(site, node);
    expect(explained.find(({ path }) => path === 'timeServers')).toMatchObject({
      value: ['10.20.0.9'],
      origin: expect.stringMatching(/^inventory\.yaml \(node n1\), line \d+$/),
      instead: [
        { origin: 'profiles/own.yaml (site), line 4' },
        { value: [], origin: expect.stringMatching(/^profiles\/compact\.yaml \(product\), line \d+$/) },
      ],
    });
    expect(explained.find(({ path }) => path === 'filesystems')?.origin).toBe(
      'profiles/own.yaml (site), line 6',
    );
  });

  test.each([
    ['a quote in a kernel argument', 'kernelArguments: [\'a="b"\']', 'is no kernel argument'],
    ['two arguments in one', 'kernelArguments: [quiet splash]', 'is no kernel argument'],
    ['a package with a version', 'packages: [chrony=4.3]', 'is no name of a Debian package'],
    ['a time server that is none', 'timeServers: [300.1.1.1]', 'is no IPv4 address'],
    ['a folder of the system', 'filesystems: [{mount: /etc, disk: etcd}]', 'belongs to the system itself'],
    ['the root', 'filesystems: [{mount: /, disk: etcd}]', 'is no absolute path'],
    ['a way out of a folder', 'filesystems: [{mount: /srv/../etc, disk: etcd}]', 'must not hold'],
    ['a disk by a bare name', 'filesystems: [{mount: /srv, disk: sdb}]', 'for example: disk: etcd'],
    ['no hint at all', 'filesystems: [{mount: /srv, disk: {}}]', 'holds no hint'],
    ['another kind', 'filesystems: [{mount: /srv, disk: etcd, type: btrfs}]', 'filesystems[0].type'],
    [
      'one folder twice',
      'filesystems: [{mount: /srv, disk: etcd}, {mount: /srv, disk: {serialNumber: S1}}]',
      'filesystems[1].mount: is named twice',
    ],
  ])('%s is refused with its line', async (_what, line, words) => {
    const folder = await siteFolder({ 'profiles/own.yaml': `extends: compact\n${line}\n` });
    const found = (await loadProfiles(folder)).problems.map(describeProblem).join('\n');
    expect(found).toContain('profiles/own.yaml:2');
    expect(found).toContain(words);
  });

  test('a node whose folders get disks must say which machine it is, and which disk is meant for etcd', async () => {
    const folder = await siteFolder({ 'inventory.yaml': inventory(''), 'profiles/own.yaml': ownProfile });
    const error: unknown = await loadSite(folder).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'E_SITE_INVALID' });
    const findings = (error as { findings: string[] }).findings.join('\n');
    expect(findings).toContain(
      'identity is missing: disks are made into file systems for /var/lib/etcd, /var/lib/containerd',
    );
    expect(findings).toContain('etcdDeviceHints is missing');
  });
});
