import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { captureModel, writeCapture } from '../../../installer/hardware/capture.ts';
import { loadCatalogue } from '../../../installer/hardware/catalogue.ts';
import { matchModel } from '../../../installer/hardware/match-model.ts';
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

describe('capturing a machine', () => {
  it('makes a model by which that machine is recognised, out of what it told', async () => {
    const folder = await folderOf();
    const captured = captureModel('n1', machine, new Date('2026-06-01T00:00:00Z'));
    await writeCapture(join(folder, 'hardware'), captured, false);
    const catalogue = await loadCatalogue(folder);
    const found = matchModel(machine, catalogue);
    expect([found.status, found.model?.slug]).toEqual(['matched', 'acme-inc-a1-gen-2']);
    expect(found.model?.facts.every(({ provenance }) => provenance === 'captured')).toBe(true);
    expect(found.model?.limits).toContainEqual(expect.objectContaining({ what: 'sockets', min: 2 }));
  });

  it('writes nothing that belongs to the one machine', () => {
    const { files } = captureModel('n1', machine, new Date());
    const all = [...files.values()].join('\n');
    for (const own of ['SECRET-SERIAL', '02:00:00:00:00:01', '10.77.0.11', '4c4c4544', '1'.repeat(32)])
      expect(all).not.toContain(own);
  });

  it('keeps the evidence word by word, with who read it', async () => {
    const folder = await folderOf();
    await writeCapture(folder, captureModel('n1', machine, new Date()), false);
    const evidence = JSON.parse(await readFile(join(folder, 'evidence/acme-inc-a1-gen-2.json'), 'utf8')) as {
      facts: unknown[];
    };
    expect(evidence.facts).toContainEqual({
      key: 'system.model',
      collector: 'memory',
      raw: 'A1 (gen 2)',
      value: 'A1 (gen 2)',
    });
  });

  it('does not write over a model unless told to', async () => {
    const folder = await folderOf();
    const captured = captureModel('n1', machine, new Date());
    await writeCapture(folder, captured, false);
    await expect(writeCapture(folder, captured, false)).rejects.toMatchObject({ code: 'E_USAGE' });
    await writeCapture(folder, captured, true);
  });

  it('refuses a machine that does not say what it is', () => {
    const junk = surveyWith({ 'system.manufacturer': 'To Be Filled By O.E.M.', 'system.model': undefined });
    expect(() => captureModel('n1', junk, new Date())).toThrow('n1 does not tell its manufacturer and model');
    expect(() => captureModel('n1', junk, new Date())).toThrow(
      expect.objectContaining({ code: 'E_HARDWARE_UNTOLD' }),
    );
  });
});
