import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isPerimeterError, type PerimeterError } from '../../../installer/base/errors.ts';
import { loadSite } from '../../../installer/site/load-site.ts';
import { samplePublicKey } from '../../fixtures/public-key.ts';
import { hostKey, inventoryYaml, privateKey, siteFolder, siteYaml } from './site-folder.ts';

type Files = Parameters<typeof siteFolder>[0];

async function refusal(directory: string): Promise<PerimeterError> {
  const error = await loadSite(directory).then(
    () => new Error('it was accepted'),
    (thrown: unknown) => thrown,
  );
  if (!isPerimeterError(error)) throw error;
  return error;
}

async function findings(files: Files): Promise<readonly string[]> {
  const error = await refusal(await siteFolder(files));
  expect(error.code).toBe('E_SITE_INVALID');
  expect(error.exitCode).toBe(2);
  return error.findings;
}

/** The well-formed file with some of its text replaced; fails when the text is not there. */
function edited(text: string, ...edits: readonly (readonly [string, string])[]): string {
  return edits.reduce((result, [old, fresh]) => {
    expect(result).toContain(old);
    return result.replace(old, fresh);
  }, text);
}

describe('a well-formed site', () => {
  test('becomes one value with its defaults filled in', async () => {
    const directory = await siteFolder();
    const site = await loadSite(directory);
    expect(site).toMatchObject({
      name: 'plant',
      directory,
      network: { nodeCidr: '10.20.0.0/24', podCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/16' },
      endpoints: {
        api: { host: 'api.plant.example.internal', port: 7443 },
        registry: { host: 'registry.plant.example.internal', port: 30500 },
        git: { host: 'git.plant.example.internal', port: 30443 },
        secrets: { host: 'secrets.plant.example.internal', port: 30820 },
      },
      gitops: { engine: 'flux', intervalSeconds: 30 },
      environments: ['dev', 'test', 'prod'],
    });
    expect(site.network.outsideProbes.length).toBeGreaterThan(0);
    expect(site.nodes.map((node) => node.name)).toEqual(['n1', 'n2', 'n3']);
    expect(site.nodes[0]).toMatchObject({
      roles: ['control-plane', 'worker'],
      ssh: { user: 'root', port: 22, hostKey: hostKey(1), keyFile: join(directory, 'key') },
    });
  });

  test('what a node says of its own wins over what holds for all', async () => {
    const inventory = edited(inventoryYaml, [
      `hostKey: ${hostKey(2)}`,
      `hostKey: ${hostKey(2)} root@somewhere\n      user: admin\n      port: 2222\n      keyFile: other/key`,
    ]);
    const directory = await siteFolder({ 'inventory.yaml': inventory, 'other/key': privateKey() });
    const site = await loadSite(directory);
    expect(site.nodes[1]?.ssh).toEqual({
      user: 'admin',
      port: 2222,
      hostKey: hostKey(2),
      keyFile: join(directory, 'other/key'),
    });
  });

  test('the digest follows what is declared, not where the folder lies', async () => {
    const digestOf = async (files?: Files): Promise<string> =>
      (await loadSite(await siteFolder(files))).digest;
    const first = await digestOf();
    expect(await digestOf({ 'site.yaml': `# a comment\n${siteYaml}` })).toBe(first);
    expect(await digestOf({ 'site.yaml': `${siteYaml}environments: [dev, prod]\n` })).not.toBe(first);
    const ownProfile = 'extends: compact\nsysctl: {net.core.somaxconn: 1024}\n';
    expect(await digestOf({ 'profiles/compact.yaml': ownProfile })).not.toBe(first);
  });

  test('Windows line ends and a byte order mark are taken', async () => {
    const windows = (text: string): string => `\uFEFF${text.replaceAll('\n', '\r\n')}`;
    const files = { 'site.yaml': windows(siteYaml), 'inventory.yaml': windows(inventoryYaml) };
    const site = await loadSite(await siteFolder(files));
    expect(site.people.map((person) => person.fullName)).toEqual(['Anna Smith', 'Ben Jones', 'Cleo Brown']);
  });
});

describe('a folder that is no site', () => {
  test('says so, and where a site can be had', async () => {
    const directory = await siteFolder();
    const error = await refusal(join(directory, 'nowhere'));
    expect(error.code).toBe('E_SITE_MISSING');
    expect(error.message).toContain(join(directory, 'nowhere'));
    expect(error.hint).toContain('npm run try');
  });

  test('names the files that are missing', async () => {
    const error = await refusal(await siteFolder({ 'site.yaml': null, 'inventory.yaml': null }));
    expect(error.code).toBe('E_SITE_MISSING');
    expect(error.findings).toEqual(['site.yaml: is missing', 'inventory.yaml: is missing']);
  });

  test('names a missing file among the problems of the other', async () => {
    const site = edited(siteYaml, ['domain:', 'domian:']);
    expect(await findings({ 'site.yaml': site, 'inventory.yaml': null })).toEqual([
      'site.yaml:1: domain: is missing; for example: domain: plant-2.example.internal',
      'site.yaml:2: domian: unknown key, did you mean "domain"?',
      'inventory.yaml: is missing',
    ]);
  });
});

describe('problems', () => {
  test('of all files and kinds come at once, in the order of the files', async () => {
    const site = edited(
      siteYaml,
      ['name: plant', 'nam: plant'],
      ['  nodeCidr: 10.20.0.0/24', '  nodeCidr: 10.20.0.0/24\n  podCidr: 10.20.0.0/16'],
      ['role: developer', 'role: developper'],
    );
    const inventory = edited(
      inventoryYaml,
      ['address: 10.20.0.12', 'address: 10.20.0.11'],
      ['name: n3', 'name: n1'],
      ['profile: compact', 'profile: compcat'],
    );
    expect(await findings({ 'site.yaml': site, 'inventory.yaml': inventory, key: null })).toEqual([
      'site.yaml:1: name: is missing; for example: name: plant-2',
      'site.yaml:1: nam: unknown key, did you mean "name"?',
      'site.yaml:5: network.podCidr: 10.20.0.0/16 overlaps the node network 10.20.0.0/24 (nodeCidr); the pod network must be apart from it',
      'site.yaml:7: people[0].role: is the text "developper"; allowed: developer, approver, did you mean "developer"?',
      expect.stringMatching(/^inventory\.yaml:2: ssh\.keyFile: there is no file .*\/key$/),
      'inventory.yaml:6: nodes[0].profile: there is no profile "compcat", did you mean "compact"?',
      'inventory.yaml:10: nodes[1].address: 10.20.0.11 is the address of n1 too',
      'inventory.yaml:14: nodes[2].name: n1 is the name of two nodes; the first is entry 0',
    ]);
  });

  const cases: readonly (readonly [string, Files, string])[] = [
    [
      'argocd',
      { 'site.yaml': `${siteYaml}gitops: {engine: argocd}\n` },
      'site.yaml:9: gitops.engine: argocd is not in this version; write `engine: flux` or leave the line out',
    ],
    [
      'an engine that nobody knows',
      { 'site.yaml': `${siteYaml}gitops: {engine: fluxx}\n` },
      'site.yaml:9: gitops.engine: is the text "fluxx"; allowed: flux, argocd, did you mean "flux"?',
    ],
    [
      'pod and service networks overlapping',
      { 'site.yaml': edited(siteYaml, ['  nodeCidr', '  podCidr: 10.96.128.0/17\n  nodeCidr']) },
      'site.yaml:3: network.serviceCidr: 10.96.0.0/16 overlaps the pod network 10.96.128.0/17 (podCidr); the service network must be apart from it',
    ],
    [
      'an address in place of a network',
      { 'site.yaml': edited(siteYaml, ['10.20.0.0/24', '10.20.0.11/24']) },
      'site.yaml:4: network.nodeCidr: is an address inside a network; the network itself is 10.20.0.0/24',
    ],
    [
      'no network at all',
      { 'site.yaml': edited(siteYaml, ['10.20.0.0/24', '10.20.0']) },
      'site.yaml:4: network.nodeCidr: is no IPv4 network; for example: 10.20.0.0/24',
    ],
    [
      'a pod network too small for the nodes',
      { 'site.yaml': edited(siteYaml, ['  nodeCidr', '  podCidr: 10.244.0.0/23\n  nodeCidr']) },
      'site.yaml:4: network.podCidr: has room for 2 nodes (a /24 each), but the inventory has 3; choose a larger network',
    ],
    [
      'a service network that is too small',
      { 'site.yaml': edited(siteYaml, ['  nodeCidr', '  serviceCidr: 10.96.0.0/28\n  nodeCidr']) },
      'site.yaml:4: network.serviceCidr: has the prefix /28; it must be between /12 and /24',
    ],
    [
      'a probe inside the site',
      { 'site.yaml': edited(siteYaml, ['  nodeCidr', '  outsideProbes: [10.20.0.1]\n  nodeCidr']) },
      'site.yaml:4: network.outsideProbes[0]: 10.20.0.1 lies inside the node network; a probe must lie outside the site',
    ],
    [
      'a node outside the node network',
      { 'inventory.yaml': edited(inventoryYaml, ['10.20.0.13', '10.20.1.13']) },
      'inventory.yaml:15: nodes[2].address: 10.20.1.13 is not in the node network 10.20.0.0/24 (site.yaml, network.nodeCidr)',
    ],
    [
      'a broadcast address',
      { 'inventory.yaml': edited(inventoryYaml, ['10.20.0.13', '10.20.0.255']) },
      'inventory.yaml:15: nodes[2].address: 10.20.0.255 is the broadcast address of 10.20.0.0/24; no host can have it',
    ],
    [
      'an address that YAML takes for a number',
      { 'inventory.yaml': edited(inventoryYaml, ['10.20.0.13', '10.20']) },
      'inventory.yaml:15: nodes[2].address: is no IPv4 address; for example: 10.20.0.11',
    ],
    [
      'an IPv6 address',
      { 'inventory.yaml': edited(inventoryYaml, ['10.20.0.13', 'fd00::1']) },
      'inventory.yaml:15: nodes[2].address: is an IPv6 address; this version works with IPv4 addresses, for example 10.20.0.11',
    ],
    [
      // The Cyrillic letter looks the same: only its number tells.
      'a host name with a Cyrillic letter in it',
      { 'inventory.yaml': edited(inventoryYaml, ['name: n3', 'name: n\u043Ede-3']) },
      'inventory.yaml:14: nodes[2].name: must be lower-case letters, digits and dashes, starting with a letter; for example: node-1; "n\u043Ede-3" has "\u043E" (U+043E), which is none of a to z',
    ],
    [
      'a host name that is a word of another language',
      { 'inventory.yaml': edited(inventoryYaml, ['name: n3', 'name: узел-3']) },
      'inventory.yaml:14: nodes[2].name: must be lower-case letters, digits and dashes, starting with a letter; for example: node-1; "узел-3" has "у" (U+0443), which is none of a to z',
    ],
    [
      'two control planes',
      { 'inventory.yaml': edited(inventoryYaml, ['profile: compact', 'profile: worker']) },
      'inventory.yaml:3: nodes: 2 nodes have the role control-plane (by their profiles); it must be 1 or 3: an even number survives no more than one fewer does',
    ],
    [
      'no worker',
      { 'inventory.yaml': inventoryYaml.replaceAll('profile: compact', 'profile: control-plane') },
      'inventory.yaml:3: nodes: no node has the role worker, so nothing could run; give one the profile compact or worker',
    ],
    [
      'the same host key twice',
      { 'inventory.yaml': edited(inventoryYaml, [hostKey(3), hostKey(1)]) },
      'inventory.yaml:18: nodes[2].ssh.hostKey: is the host key of n1 too: one of the two lines is wrong, or the machines are copies of one another (make new keys: ssh-keygen -A)',
    ],
    [
      'a host key that is cut short',
      { 'inventory.yaml': edited(inventoryYaml, [hostKey(3), hostKey(3).slice(0, 30)]) },
      'inventory.yaml:18: nodes[2].ssh.hostKey: is no SSH host key; it is the line in /etc/ssh/ssh_host_ed25519_key.pub of that host: ssh-ed25519 AAAA...',
    ],
    [
      'one approver',
      { 'site.yaml': edited(siteYaml, ['Cleo Brown, role: approver', 'Cleo Brown, role: developer']) },
      'site.yaml:5: people: names one approver; a merge needs two approvals, so at least 2 people need `role: approver`',
    ],
    [
      'a login of the platform itself',
      { 'site.yaml': edited(siteYaml, ['login: anna', 'login: flux']) },
      'site.yaml:6: people[0].login: "flux" is used by the platform itself; choose another',
    ],
    [
      'a login twice',
      { 'site.yaml': edited(siteYaml, ['login: ben', 'login: anna']) },
      'site.yaml:7: people[1].login: anna is named twice; the first is entry 0',
    ],
    [
      'an environment twice',
      { 'site.yaml': `${siteYaml}environments: [dev, prod, dev]\n` },
      'site.yaml:9: environments[2]: is named twice; the first is entry 0',
    ],
    [
      'a key given twice',
      { 'site.yaml': `${siteYaml}name: other\n` },
      'site.yaml:9: name: is given twice; the first is in line 1',
    ],
    [
      'a tab',
      { 'site.yaml': edited(siteYaml, ['  nodeCidr', '\tnodeCidr']) },
      'site.yaml:4: is indented with a tab; YAML wants spaces',
    ],
    [
      'a domain inside the cluster',
      { 'site.yaml': edited(siteYaml, ['plant.example.internal', 'plant.cluster.local']) },
      'site.yaml:2: domain: is inside cluster.local, which belongs to the cluster itself; choose another name',
    ],
    [
      'bytes that are no text',
      { 'site.yaml': new Uint8Array([0xff, 0xfe, 0x00]) },
      'site.yaml: is no UTF-8 text',
    ],
    ['an empty inventory', { 'inventory.yaml': '# later\n' }, 'inventory.yaml: is empty'],
    ['no nodes', { 'inventory.yaml': 'nodes: []\n' }, 'inventory.yaml:1: nodes: must have at least 1 entry'],
    [
      'no key file anywhere',
      { 'inventory.yaml': edited(inventoryYaml, ['ssh:\n  keyFile: key\n', '']) },
      'inventory.yaml:5: nodes[0].ssh: keyFile is missing here, and there is none for all nodes; for example, at the top of the file: `ssh: {keyFile: ssh/id_ed25519}`',
    ],
    [
      'a profile of the site that builds on nothing',
      { 'profiles/big.yaml': 'extends: compct\n' },
      'profiles/big.yaml:1: extends: there is no sound profile "compct" to build on, did you mean "compact"?',
    ],
    [
      'a size without a unit in a profile',
      { 'profiles/big.yaml': 'extends: compact\nminimum: {memory: 16}\n' },
      'profiles/big.yaml:2: minimum.memory: is no size; for example: 16 GiB',
    ],
  ];

  test.each(cases)('%s', async (_what, files, finding) => {
    expect(await findings(files)).toContain(finding);
  });

  test('a key file that others can read is named once, with the remedy', async () => {
    const directory = await siteFolder();
    await chmod(join(directory, 'key'), 0o644);
    const { findings: found } = await refusal(directory);
    expect(found).toEqual([
      `inventory.yaml:2: ssh.keyFile: ${directory}/key can be read by others; SSH keys must be private: chmod 600 ${directory}/key`,
    ]);
  });
});

describe('profiles of a site', () => {
  test('one that extends keeps what it does not say', async () => {
    const own =
      'extends: compact\nminimum: {memory: 16 GiB}\nsysctl: {net.core.somaxconn: 1024}\nlabels: {rack: r1}\n';
    const site = await loadSite(await siteFolder({ 'profiles/compact.yaml': own }));
    const plain = await loadSite(await siteFolder());
    const [changed, original] = [site.nodes[0]?.profile, plain.nodes[0]?.profile];
    expect(changed).toEqual({
      ...original,
      minimum: { ...original?.minimum, memoryMib: 16_384 },
      sysctl: { ...original?.sysctl, 'net.core.somaxconn': '1024' },
      labels: { rack: 'r1' },
    });
  });

  test('a profile of its own name can be given to a node', async () => {
    const inventory = edited(inventoryYaml, ['profile: compact', 'profile: big']);
    const site = await loadSite(
      await siteFolder({ 'inventory.yaml': inventory, 'profiles/big.yaml': 'extends: compact\n' }),
    );
    expect(site.nodes[0]?.profile.name).toBe('big');
  });
});

describe('trusted keys', () => {
  const trust = (publicKey: string, more = ''): string =>
    `${siteYaml}trust:\n  bundleKeys:\n    - name: builder\n      publicKey: |\n${publicKey.replaceAll(/^/gm, '        ')}\n${more}`;

  test('are read in the form in which they are printed', async () => {
    const publicKey = samplePublicKey();
    const site = await loadSite(
      await siteFolder({ 'site.yaml': trust(publicKey, '      notAfter: 2030-01-01\n') }),
    );
    expect(site.trust).toEqual({
      bundleKeys: [{ name: 'builder', publicKey, notAfter: '2030-01-01' }],
      importerKeys: [],
    });
  });

  test.each([
    ['no key', 'text', '', /publicKey: is no public key/],
    ['a private key', privateKey(), '', /publicKey: is no public key/],
    ['no date', samplePublicKey(), '      notAfter: next year\n', /notAfter: is no date/],
    ['no day', samplePublicKey(), '      notAfter: 2030-13-01\n', /notAfter: is no date/],
  ])('%s is named with its line', async (_what, key, more, message) => {
    expect(await findings({ 'site.yaml': trust(key, more) })).toEqual([expect.stringMatching(message)]);
  });
});
