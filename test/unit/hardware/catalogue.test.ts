import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { captureModel, type SeenMachine, writeCapture } from '../../../installer/hardware/capture.ts';
import { loadCatalogue } from '../../../installer/hardware/catalogue.ts';
import { matchModel } from '../../../installer/hardware/match-model.ts';
import { toFact } from '../../../installer/hosts/survey.ts';
import { surveyWith } from '../../support/fit-survey.ts';
import { folderOf } from './catalogue-folder.ts';

const model = `slug: acme-a1
deviceType: acme/acme-a1
facts:
  - {name: manufacturer, value: Acme, provenance: synthetic, source: a test}
match:
  - {field: system.model, op: iequals, value: A1, weight: 90, provenance: synthetic, source: a test}
limits:
  - {what: cores, min: 8, provenance: supplied, source: a paper}
`;
const type = 'manufacturer: Acme\nmodel: A1\nslug: acme-a1\nu_height: 2\n';
const site = (text: string, device = type): Promise<string> =>
  folderOf({ 'hardware/models/acme-a1.yaml': text, 'hardware/device-types/acme/acme-a1.yaml': device });

const machine = surveyWith({
  'system.manufacturer': 'Acme, Inc.',
  'system.model': 'A1 (gen 2)',
  'system.serial': 'SECRET-SERIAL',
  sockets: '2',
  dimm: ['16 GB', '16 GB'],
});

const tool = { path: '/usr/sbin/x', version: 'x 1.2', sha256: 'f'.repeat(64) };
/** What tools print, with all that belongs to the one machine in it. */
const printed: Readonly<Record<string, string>> = {
  dmidecode:
    'System Information\n\tManufacturer: Acme, Inc.\n\tSerial Number: UNSEEN-1\n\tUUID: 4C4C4544-0000-4000-8000-0000000000AA\n\tAsset Tag: rack 7\nMemory Device\n\tSize: 16 GB\n\tSerial Number: UNSEEN-2\n\tPart Number: M-16\nBase Board\n\tSerial Number: Not Specified\n\tContact: SECRET-SERIAL of n1\n',
  smartctl: JSON.stringify({
    model_name: 'Flash',
    serial_number: 'UNSEEN-3',
    wwn: { naa: 5, id: 4711 },
    nvme: { eui64: { ext_id: 815 } },
    smart_status: { passed: true },
  }),
  ethtool: 'driver: ixgbe\nfirmware-version: 0x800\nPermanent address: 02:00:00:00:00:01\n',
};
const seen: SeenMachine = {
  survey: machine.with([
    toFact('system.serial', 'systeminformation', 'SECRET-SERIAL'),
    toFact('processor', 'systeminformation', 'Acme Fast 9000'),
    toFact('disk', 'systeminformation', '{"name":"sda","serial":"UNSEEN-4","model":"Flash"}'),
  ]),
  outputs: Object.entries(printed).map(([collector, text]) => ({
    collector,
    command: collector,
    tool,
    text,
  })),
};

describe('the catalogue', () => {
  it("has the site's own models beside the product's", async () => {
    const slugs = (await loadCatalogue(await site(model))).map(({ slug }) => slug);
    expect(slugs).toContain('acme-a1');
    expect(slugs).toContain('gse-s200');
  });

  it.each([
    [
      'a fact without its provenance',
      model.replace(', provenance: supplied', ''),
      'models/acme-a1.yaml:8: limits[0].provenance: is missing',
    ],
    ['a provenance that nobody knows', model.replace('supplied', 'rumour'), 'limits[0].provenance'],
    [
      'a pattern that is none',
      model.replace('iequals, value: A1', "iregex, value: '(?i)a1('"),
      'is no regular expression',
    ],
    ['a limit without a number', model.replace(', min: 8', ''), 'needs min, max or both'],
    [
      'another name than its file',
      model.replace('slug: acme-a1', 'slug: acme-a2'),
      'must be the name of the file',
    ],
    [
      'a device type that is not there',
      model.replace('acme/acme-a1', 'acme/a2'),
      'there is no device-types/acme/a2.yaml',
    ],
    ['a key given twice', `${model}slug: acme-a1\n`, 'is given twice; the first is in line 1'],
    ['a tab', model.replace('  - {name', '\t- {name'), 'tab'],
    ['an alias', model.replace('value: Acme', 'value: *a'), 'alias'],
    ['a field that no machine tells', model.replace('system.model', 'system.colour'), 'match[0].field'],
  ])('refuses %s, with file and line', async (_what, text, words) => {
    const error = await loadCatalogue(await site(text)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'E_HARDWARE_INVALID' });
    expect((error as { findings: string[] }).findings.join('\n')).toContain(words);
  });

  it('reads files that begin with a byte order mark and end their lines as on other systems', async () => {
    const text = `\uFEFF${model.replaceAll('\n', '\r\n')}`;
    expect((await loadCatalogue(await site(text))).map(({ slug }) => slug)).toContain('acme-a1');
  });

  it('keeps a model number as it was written', async () => {
    const catalogue = await loadCatalogue(await site(model, type.replace('model: A1', 'model: 1.10')));
    expect(catalogue.find(({ slug }) => slug === 'acme-a1')?.type.model).toBe('1.10');
  });
});

describe('a device type in the format of NetBox', () => {
  const rich = `---
manufacturer: Acme
model: A1
slug: acme-a1
part_number: SYNTHETIC-1
description: Made up for a test
u_height: 2
is_full_depth: true
is_powered: true
airflow: front-to-rear
front_image: true
rear_image: false
weight: 20.5
weight_unit: kg
subdevice_role: parent
comments: |
  Nobody sells this machine.
console-ports:
  - {name: Serial, label: COM, type: de-9}
console-server-ports:
  - {name: Line 1, type: rj-45}
power-ports:
  - {name: PSU1, label: P1, type: iec-60320-c14, maximum_draw: 800, allocated_draw: 300}
power-outlets:
  - {name: Out 1, type: iec-60320-c13, power_port: PSU1, feed_leg: A}
interfaces:
  - {name: mgmt, label: BMC, type: 1000base-t, mgmt_only: true, enabled: false}
  - {name: eth1, type: 2.5gbase-t, poe_mode: pd, poe_type: type2-ieee802.3at}
front-ports:
  - {name: F1, type: lc, color: aa1409, rear_port: R1, rear_port_position: 1}
rear-ports:
  - {name: R1, type: mpo, positions: 12}
module-bays:
  - {name: Slot 1, label: S1, position: '1', description: half height}
device-bays:
  - {name: Bay 1}
inventory-items:
  - {name: Riser, manufacturer: Acme, part_id: SYNTHETIC-2}
`;

  it('is taken with all that it says, and passed on', async () => {
    const catalogue = await loadCatalogue(await site(model, rich));
    const found = catalogue.find(({ slug }) => slug === 'acme-a1')?.type;
    expect(found).toEqual(load(rich));
  });

  it.each([
    ['console_ports: []', 'console_ports: unknown key, did you mean "console-ports"?'],
    ['is_power: true', 'is_power: unknown key, did you mean "is_powered"?'],
    ['power-ports: [{name: P, maximum_drow: 5}]', 'did you mean "maximum_draw"?'],
    ['interfaces: [{label: x}]', 'interfaces[0].name: is missing'],
    ['colour: red', 'colour: unknown key; known here: manufacturer, model, slug,'],
  ])('is refused with %s, which is no word of it', async (line, words) => {
    const error = await loadCatalogue(await site(model, `${type}${line}\n`)).catch(
      (thrown: unknown) => thrown,
    );
    expect((error as { findings: string[] }).findings.join('\n')).toContain(words);
  });
});

describe('capturing a machine', () => {
  it('makes a model by which that machine is recognised, out of what it told', async () => {
    const folder = await folderOf();
    const captured = captureModel('n1', seen, new Date('2026-06-01T00:00:00Z'));
    await writeCapture(join(folder, 'hardware'), captured, false);
    const catalogue = await loadCatalogue(folder);
    const found = matchModel(machine, catalogue);
    expect([found.status, found.model?.slug]).toEqual(['matched', 'acme-inc-a1-gen-2']);
    expect(found.model?.facts.every(({ provenance }) => provenance === 'captured')).toBe(true);
    expect(found.model?.limits).toContainEqual(expect.objectContaining({ what: 'sockets', min: 2 }));
  });

  it('writes nothing that belongs to the one machine', () => {
    const { files } = captureModel('n1', seen, new Date());
    const all = [...files.values()].join('\n');
    const own = ['SECRET-SERIAL', '02:00:00:00:00:01', '10.77.0.11', '4c4c4544', '1'.repeat(32), 'rack 7'];
    for (const word of [...own, 'UNSEEN', '4711', '815', '"S1"', '"S2"'])
      expect(all.toLowerCase()).not.toContain(word.toLowerCase());
  });

  it('keeps the evidence word by word, with who read it', async () => {
    const folder = await folderOf();
    await writeCapture(folder, captureModel('n1', seen, new Date()), false);
    const evidence = JSON.parse(await readFile(join(folder, 'evidence/acme-inc-a1-gen-2.json'), 'utf8')) as {
      facts: unknown[];
      disks: unknown[];
      interfaces: unknown[];
      outputs: { collector: string; text: string }[];
    };
    const told = { key: 'system.model', collector: 'memory', raw: 'A1 (gen 2)', value: 'A1 (gen 2)' };
    expect(evidence.facts).toContainEqual(told);
    expect(evidence.facts).toContainEqual(expect.objectContaining({ raw: 'Acme Fast 9000' }));
    expect(evidence.disks[0]).toMatchObject({
      name: 'sda',
      collector: 'lsblk',
      raw: expect.stringContaining('"model":"Flash"'),
    });
    expect(evidence.interfaces[0]).toMatchObject({
      name: 'eno1',
      driver: 'ixgbe',
      collector: 'memory',
      raw: 'eno1 (left out) 1500 up 1 10000 full 0 0 1000000 physical ixgbe',
    });
    const outputs = new Map(evidence.outputs.map((output) => [output.collector, output]));
    expect(outputs.get('dmidecode')).toMatchObject({ command: 'dmidecode', tool });
    const tables = outputs.get('dmidecode')?.text;
    for (const words of [
      'Part Number: M-16',
      'Serial Number: (left out)',
      'Serial Number: Not Specified',
      'Contact: (left out)',
    ])
      expect(tables).toContain(words);
    expect(JSON.parse(outputs.get('smartctl')?.text ?? '')).toMatchObject({ smart_status: { passed: true } });
    expect(outputs.get('ethtool')?.text).toContain('firmware-version: 0x800');
  });

  it('does not write over a model unless told to', async () => {
    const folder = await folderOf();
    const captured = captureModel('n1', seen, new Date());
    await writeCapture(folder, captured, false);
    await expect(writeCapture(folder, captured, false)).rejects.toMatchObject({ code: 'E_USAGE' });
    await writeCapture(folder, captured, true);
  });

  it('refuses a machine that does not say what it is', () => {
    const junk = surveyWith({ 'system.manufacturer': 'To Be Filled By O.E.M.', 'system.model': undefined });
    expect(() => captureModel('n1', { survey: junk, outputs: [] }, new Date())).toThrow(
      'n1 does not tell its manufacturer and model',
    );
    expect(() => captureModel('n1', { survey: junk, outputs: [] }, new Date())).toThrow(
      expect.objectContaining({
        code: 'E_HARDWARE_UNTOLD',
        hint: expect.stringContaining('override SITE --serial SER-1 --model MODEL'),
      }),
    );
  });

  it('sends nobody to an override by serial number where none is told', () => {
    const mute = surveyWith({
      'system.manufacturer': undefined,
      'system.model': undefined,
      'system.serial': 'Default string',
    });
    expect(() => captureModel('n1', { survey: mute, outputs: [] }, new Date())).toThrow(
      expect.objectContaining({
        code: 'E_HARDWARE_UNTOLD',
        hint: expect.stringMatching(/tells no serial number: .*identity: \{uuid: /),
      }),
    );
  });
});
