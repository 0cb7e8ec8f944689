import { describe, expect, test } from 'vitest';
import { loadSite } from '../../../installer/site/load-site.ts';
import { inventoryYaml, siteFolder } from './site-folder.ts';

const machine = `    identity:
      serial: 12345
      uuid: 4C4C4544-0000-4000-8000-000000000001
      macs: [02:1B:3C:4D:5E:6F]
    expectModel: gse-s200
    rootDeviceHints: {serialNumber: 1.10, minSizeGigabytes: 400, rotational: false}
    bmc: {address: ipmi://10.99.0.11, credentialRef: vault:kv/bmc/n1}
`;
const withMachine = (lines: string, others = ''): string =>
  inventoryYaml
    .replace('  - name: n2', `${lines}  - name: n2`)
    .replace('  - name: n3', `${others}  - name: n3`);
async function findings(inventory: string): Promise<string> {
  const error = await loadSite(await siteFolder({ 'inventory.yaml': inventory })).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'E_SITE_INVALID' });
  return (error as { findings: string[] }).findings.join('\n');
}

describe('the machine behind a node', () => {
  test('is read as it was written: numbers stay text, addresses become lower case', async () => {
    const site = await loadSite(await siteFolder({ 'inventory.yaml': withMachine(machine) }));
    expect(site.nodes[0]?.hardware).toEqual({
      identity: {
        serial: '12345',
        uuid: '4c4c4544-0000-4000-8000-000000000001',
        macs: ['02:1b:3c:4d:5e:6f'],
      },
      expectModel: 'gse-s200',
      rootDeviceHints: { serialNumber: '1.10', minSizeGigabytes: 400, rotational: false },
      bmc: { address: 'ipmi://10.99.0.11', credentialRef: 'vault:kv/bmc/n1' },
    });
    expect(site.nodes[1]?.hardware).toBeUndefined();
  });

  test.each([
    ['one name only', machine.replace(/ {6}(uuid|macs).*\n/g, ''), 'nodes[0].identity: names fewer than two'],
    [
      'a password in the file',
      machine.replace('credentialRef: vault:kv/bmc/n1', 'password: x'),
      'nodes[0].bmc.password: unknown key',
    ],
    [
      'a password in the address',
      machine.replace('ipmi://', 'ipmi://admin:admin@'),
      'holds a user or password',
    ],
    [
      'a hint that is none',
      machine.replace('serialNumber', 'serial'),
      'rootDeviceHints.serial: unknown key (did you mean',
    ],
    ['no hint at all', machine.replace(/\{serialNumber[^}]*\}/, '{}'), 'rootDeviceHints: holds no hint'],
    ['a UUID that is none', machine.replace('4C4C4544-', ''), 'is no UUID'],
    [
      'a key given twice',
      machine.replace('expectModel: gse-s200', 'expectModel: a\n    expectModel: b'),
      'is given twice',
    ],
    ['a tab', machine.replace('    expectModel', '\texpectModel'), 'tab'],
    ['an alias', machine.replace('gse-s200', '*model'), 'uses an alias'],
  ])('is refused with %s', async (_what, lines, words) => {
    expect(await findings(withMachine(lines))).toContain(words.replace(' (did you mean', ''));
  });

  test.each([
    ['Cyrillic letters', 'узел-1'],
    ['one Cyrillic letter that looks like a Latin one', 'nо1'],
    ['a capital letter', 'N1'],
    ['a full name', 'n1.example'],
  ])('a node whose name has %s is refused, with its line', async (_what, name) => {
    const found = await findings(inventoryYaml.replace('name: n1', `name: ${name}`));
    expect(found).toMatch(/^inventory\.yaml:4: nodes\[0\]\.name: must be lower-case letters/m);
  });

  test('is claimed by one node only', async () => {
    const found = await findings(withMachine(machine, machine));
    expect(found).toContain('nodes[1].identity.serial: is the serial of n1 too');
    expect(found).toContain('nodes[1].identity.uuid: is the uuid of n1 too');
    expect(found).toContain('nodes[1].identity.macs[0]: is a hardware address of n1 too');
  });

  test('is read the same from a file with a byte order mark and other ends of line', async () => {
    const [plain, other] = await Promise.all(
      [withMachine(machine), `\uFEFF${withMachine(machine).replaceAll('\n', '\r\n')}`].map(async (text) =>
        loadSite(await siteFolder({ 'inventory.yaml': text })),
      ),
    );
    expect(other?.nodes[0]?.hardware).toEqual(plain?.nodes[0]?.hardware);
  });

  test('a file of anchors in anchors is refused before it grows', async () => {
    const levels = Array.from(
      { length: 12 },
      (_, index) => `a${index}: &a${index} [${`*a${index - 1},`.repeat(9)}]`,
    );
    expect(await findings(`x: &a [1]\n${levels.slice(1).join('\n')}\n`)).toContain('alias');
  });
});
