import { describe, expect, it } from 'vitest';
import { explainProfile } from '../../../installer/site/explain-profile.ts';
import { loadSite } from '../../../installer/site/load-site.ts';
import type { SiteNode } from '../../../installer/site/site.ts';
import { inventoryYaml, siteFolder } from './site-folder.ts';

const inventory = inventoryYaml
  .replace('profile: compact', 'profile: big')
  .replace(
    '  - name: n2',
    '    overrides:\n      sysctl: {net.ipv4.ip_forward: "0", vm.swappiness: "1"}\n      kubelet:\n        maxPods: 50\n  - name: n2',
  );
const big =
  'extends: compact\nminimum: {cores: 8}\nsysctl:\n  vm.swappiness: "10"\nkubelet:\n  kubeReserved: {memory: auto}\n';

describe('the profile of a node', () => {
  it('is made of product, site and node, and each value says whose word it is', async () => {
    const site = await loadSite(await siteFolder({ 'inventory.yaml': inventory, 'profiles/big.yaml': big }));
    const node = site.nodes[0] as SiteNode;
    expect(node.profile).toMatchObject({
      name: 'big',
      minimum: { cores: 8, memoryMib: 3584 },
      sysctl: { 'net.ipv4.ip_forward': '0', 'vm.swappiness': '1', 'fs.inotify.max_user_instances': '8192' },
      kubelet: { maxPods: 50 },
    });
    const explained = await explainProfile(site, node);
    const of = (path: string) => explained.find((one) => one.path === path);
    expect(of('minimum.cores')).toMatchObject({
      value: 8,
      origin: 'profiles/big.yaml (site), line 2',
      instead: [
        { value: 2, origin: expect.stringMatching(/^profiles\/compact\.yaml \(product\), line \d+$/) },
      ],
    });
    expect(of('sysctl.vm.swappiness')).toMatchObject({
      value: '1',
      origin: 'inventory.yaml (node n1), line 10',
    });
    expect(of('kubelet.maxPods')).toMatchObject({ origin: 'inventory.yaml (node n1), line 12', instead: [] });
    expect(of('kubelet.kubeReserved')).toMatchObject({
      sizedBy: 'memory: 5 % of the memory, 256 MiB to 4 GiB',
    });
    // Every value that the node has is explained, and none that it has not.
    const values = Object.keys({ ...node.profile.sysctl }).map((name) => `sysctl.${name}`);
    expect(
      explained
        .filter(({ path }) => path.startsWith('sysctl.'))
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual(values.toSorted());
  });

  it('is only that of the one node', async () => {
    const site = await loadSite(await siteFolder({ 'inventory.yaml': inventory, 'profiles/big.yaml': big }));
    expect(site.nodes[1]?.profile.sysctl['vm.swappiness']).toBeUndefined();
  });

  it.each([
    ['a role', '      roles: [worker]\n', 'nodes[0].overrides.roles: unknown key'],
    [
      'auto where nothing can be sized',
      '      kubelet: {maxPods: auto}\n',
      'nodes[0].overrides.kubelet.maxPods: `auto` is not known here',
    ],
    ['a wrong size', '      minimum: {memory: lots}\n', 'nodes[0].overrides.minimum.memory: is no size'],
  ])('cannot be changed by %s', async (_what, lines, words) => {
    const text = inventoryYaml.replace('  - name: n2', `    overrides:\n${lines}  - name: n2`);
    const error = await loadSite(await siteFolder({ 'inventory.yaml': text })).catch(
      (thrown: unknown) => thrown,
    );
    expect((error as { findings: string[] }).findings.join('\n')).toContain(words);
  });
});
