import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../installer/base/digest.ts';
import { isPerimeterError } from '../../../installer/base/errors.ts';
import { isSignedBy, makePrivateKey, type Signer, signerOf } from '../../../installer/base/signature.ts';
import { loadCatalogue } from '../../../installer/hardware/catalogue.ts';
import { matchModel } from '../../../installer/hardware/match-model.ts';
import { formatOverride } from '../../../installer/hardware/put-override.ts';
import {
  type ModelOverride,
  type SignedOverride,
  signOverride,
} from '../../../installer/hardware/signed-override.ts';
import { loadOverrides, writeOverride } from '../../../installer/hardware/site-hardware.ts';
import type { Site, TrustedKey } from '../../../installer/site/site.ts';
import { surveyWith } from '../../support/fit-survey.ts';
import { sampleSite } from '../../support/sample-site.ts';
import { folderOf } from './catalogue-folder.ts';

const importer = signerOf(makePrivateKey(undefined), undefined);
const stranger = signerOf(makePrivateKey(undefined), undefined);
const trusted: TrustedKey = { name: 'importer', publicKey: importer.publicKey };
const catalogue = await loadCatalogue();
const word: ModelOverride = {
  serial: 'A',
  model: 'gse-s200',
  by: 'a.smith',
  reason: 'empty tables here',
  ticket: 'C-1',
};

function siteAt(directory: string, ...importerKeys: readonly TrustedKey[]): Site {
  return { ...sampleSite(directory), trust: { bundleKeys: [], importerKeys } };
}

async function siteWith(hardware: string, ...keys: readonly TrustedKey[]): Promise<Site> {
  return siteAt(await folderOf({ 'hardware.yaml': hardware }), ...keys);
}

/** Signed for the sample site, by a key that it trusts just then. */
function signed(more: Partial<ModelOverride> = {}, signer: Signer = importer): SignedOverride {
  const site = siteAt('/nowhere', { name: 'x', publicKey: signer.publicKey });
  return signOverride(site, { ...word, ...more }, { name: 'x', signer });
}

const fileOf = (...entries: readonly SignedOverride[]): string =>
  `overrides:\n${entries.map(formatOverride).join('')}`;

async function findingsOf(site: Site, now?: Date): Promise<string> {
  const error: unknown = await loadOverrides(site, catalogue, now).catch((thrown: unknown) => thrown);
  if (!isPerimeterError(error, 'E_HARDWARE_INVALID')) throw new Error(`not refused: ${String(error)}`);
  return error.findings.join('\n');
}

describe("an operator's word for a machine", () => {
  it('counts when a key signed it that the site trusts for that', async () => {
    const site = await siteWith(fileOf(signed({ serial: 'SER-1' })), trusted);
    const overrides = await loadOverrides(site, catalogue);
    expect(overrides).toMatchObject([{ ...word, serial: 'SER-1' }]);
    const found = matchModel(surveyWith(), catalogue, overrides);
    expect([found.status, found.model?.slug]).toEqual(['overridden', 'gse-s200']);
  });

  it('is not needed', async () => {
    expect(await loadOverrides(siteAt(await folderOf()), [])).toEqual([]);
  });

  it('is signed as anybody can verify it: sorted JSON of its words and the site', () => {
    const text = canonicalJson({ kind: 'perimeter.hardware-override/1', site: 'test', ...word });
    expect(isSignedBy(importer.publicKey, text, signed().signature)).toBe(true);
  });

  it.each([
    ['serial', { serial: 'B' }],
    ['model', { model: 'gse-s200-other' }],
    ['by', { by: 'b.smith' }],
    ['reason', { reason: 'other tables here' }],
    ['ticket', { ticket: 'C-2' }],
  ])('is refused when its %s was changed after it was signed', async (_what, change) => {
    const site = await siteWith(fileOf({ ...signed(), ...change }), trusted);
    expect(await findingsOf(site)).toContain('hardware.yaml:7: overrides[0].signature: does not fit');
  });

  it('is refused at another site', async () => {
    const site = await siteWith(fileOf(signed()), trusted);
    expect(await findingsOf({ ...site, name: 'other' })).toContain('signed for another site than other');
  });

  it.each([
    [
      'of another key',
      fileOf(signed({}, stranger)),
      'by none of the keys in site.yaml (trust.importerKeys: importer)',
    ],
    ['that is none', fileOf({ ...signed(), signature: 'c2lnbmVk' }), 'does not fit'],
    ['that is no base64', fileOf({ ...signed(), signature: '***' }), 'does not fit'],
    ['that is empty', fileOf({ ...signed(), signature: '' }), 'does not fit'],
  ])('is refused with a signature %s', async (_what, text, words) => {
    expect(await findingsOf(await siteWith(text, trusted))).toContain(words);
  });

  it('is refused when only the builder signed it, and when the site trusts nobody for it', async () => {
    const site = await siteWith(fileOf(signed()));
    const builder = { bundleKeys: [trusted], importerKeys: [] };
    expect(await findingsOf({ ...site, trust: builder })).toContain('trust.importerKeys is empty');
  });

  it('counts until the time of its key is over, and again by a second entry of that key', async () => {
    const site = await siteWith(fileOf(signed()), { ...trusted, notAfter: '2027-06-30' });
    expect(await loadOverrides(site, catalogue, new Date('2027-06-29T23:59:59Z'))).toHaveLength(1);
    const after = new Date('2027-06-30T00:00:00Z');
    expect(await findingsOf(site, after)).toContain(
      'was made with the key "importer", which is trusted only until 2027-06-30; now it is 2027-06-30T00:00:00.000Z',
    );
    const renewed = siteAt(site.directory, ...site.trust.importerKeys, { ...trusted, name: 'renewed' });
    expect(await loadOverrides(renewed, catalogue, after)).toHaveLength(1);
  });

  it('is refused without a signature, with the command that signs it', async () => {
    const text =
      "overrides:\n  - {serial: 00123, model: gse-s200, by: a.smith, reason: it's empty here, ticket: C-1}\n";
    const site = await siteWith(text, trusted);
    expect(await findingsOf(site)).toBe(
      'hardware.yaml:2: overrides[0].signature: is missing: nobody vouches for this entry. ' +
        `Sign it: perimeter hardware override ${site.directory} --serial 00123 --model gse-s200 --by a.smith ` +
        "--reason 'it'\\''s empty here' --ticket C-1",
    );
  });

  it('is told with all other problems of the file at once', async () => {
    const text = fileOf(
      signed({}, stranger),
      signed({ serial: 'B', model: 'gse-s300' }),
      signed({ serial: 'B' }),
    );
    const noTicket = '- {serial: C, model: gse-s200, by: a.smith, reason: empty tables here, signature: x}\n';
    const findings = await findingsOf(await siteWith(text + noTicket, trusted));
    expect(findings.split('\n').map((line) => line.split(': ').slice(0, 3).join(': '))).toEqual([
      'hardware.yaml:7: overrides[0].signature: does not fit',
      'hardware.yaml:9: overrides[1].model: there is no model "gse-s300"; known',
      'hardware.yaml:20: overrides[3].ticket: is missing; for example',
    ]);
  });

  it('is refused when there is a second one about the same machine', async () => {
    const site = await siteWith(fileOf(signed(), signed()), trusted);
    expect(await findingsOf(site)).toBe('hardware.yaml:8: overrides[1].serial: there are two words about A');
  });

  it('is not signed with a key that the site does not trust, or not any more', () => {
    const sign =
      (...keys: readonly TrustedKey[]) =>
      () =>
        signOverride(siteAt('/site', ...keys), word, { name: 'mine', signer: importer });
    expect(sign({ name: 'x', publicKey: stranger.publicKey })).toThrow(
      expect.objectContaining({
        code: 'E_KEY_UNKNOWN',
        hint: expect.stringContaining('perimeter bundle key show mine --yaml'),
      }),
    );
    expect(sign({ ...trusted, notAfter: '2020-01-01' })).toThrow(
      expect.objectContaining({ code: 'E_KEY_EXPIRED' }),
    );
  });
});

describe('writing it into hardware.yaml', () => {
  const write = async (before: string | undefined, override = signed()): Promise<string> => {
    const folder = await folderOf(before === undefined ? {} : { 'hardware.yaml': before });
    const site = siteAt(folder, trusted);
    const file = await writeOverride(site, override);
    expect(file).toBe(join(folder, 'hardware.yaml'));
    return await readFile(file, 'utf8');
  };
  const entry = (override: SignedOverride, indent = '  '): string =>
    formatOverride(override).replaceAll(/^(?=.)/gm, indent);

  it('makes the file, which is accepted then', async () => {
    const text = await write(undefined);
    expect(text).toMatch(/^#.+signed:\n#.+--help\noverrides:\n {2}- serial: A\n {4}model: gse-s200\n/);
    expect(await loadOverrides(await siteWith(text, trusted), catalogue)).toMatchObject([word]);
  });

  it.each([
    ['an empty list', '# why\noverrides: []  # none yet\n', '# why\noverrides:  # none yet\n'],
    ['a list that was begun', 'overrides:\n', 'overrides:\n'],
    ['nothing but comments', '# why\n\n# more\n', '# why\n\n# more\noverrides:\n'],
    ['a mark at its beginning', '\uFEFF# why\noverrides: []\n', '\uFEFF# why\noverrides:\n'],
  ])('takes a file with %s', async (_what, before, head) => {
    const override = signed();
    expect(await write(before, override)).toBe(head + entry(override));
  });

  const first = '- {serial: X, model: gse-s200, by: b, reason: not signed so far, ticket: C-2}  # by hand\n';

  it('leaves every other line as it is, also an entry that nobody signed so far', async () => {
    const before = `# why\noverrides:\n  # the old rack\n  ${first}  # the new rack\n`;
    const override = signed();
    expect(await write(before, override)).toBe(before + entry(override));
  });

  it('replaces what is there for the same serial number, in whatever form', async () => {
    const old = '- serial: A\n  # once\n  model: x\n\n  ticket: >\n    many\n    words\n';
    const before = `overrides:\n${first}${old}\n# the new rack\n${first.replace('X', 'Y')}- {serial: A}\n# end\n`;
    const override = signed();
    expect(await write(before, override)).toBe(
      `overrides:\n${first}${entry(override, '')}\n# the new rack\n${first.replace('X', 'Y')}# end\n`,
    );
  });

  it('is written once, however often it is said', async () => {
    const once = await write(undefined);
    const again = signed({ reason: 'still empty tables' });
    const twice = await write(once, again);
    expect(twice.match(/serial: /g)).toHaveLength(1);
    expect(await loadOverrides(await siteWith(twice, trusted), catalogue)).toMatchObject([again]);
  });

  it('keeps the ends of lines', async () => {
    const text = await write(`overrides:\r\n${first.trimEnd()}\r\n`);
    expect(text.split('\r\n')).toHaveLength(9);
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
  });

  it.each([
    '00123',
    '1.10',
    '0o17',
    '0x1f',
    '1e3',
    'null',
    'yes',
    '~',
    '2026-06-01',
    "it's: # {a}",
    '- a',
    'ж"\\',
  ])('keeps the serial number %j as it was said', async (serial) => {
    const text = await write(undefined, signed({ serial }));
    expect(await loadOverrides(await siteWith(text, trusted), catalogue)).toMatchObject([{ serial }]);
    expect((await write(text, signed({ serial }))).match(/model: /g)).toHaveLength(1);
  });

  it.each([
    ['a list on one line', 'overrides: [{serial: X}]\n', 'hardware.yaml:1: does not begin with "- "'],
    ['braces around all', '{overrides: []}\n', 'could not be read back'],
    ['another key', 'overrides: []\nmore: 1\n', 'more: unknown key'],
    ['a tab', 'overrides:\n\t- {serial: X}\n', 'is indented with a tab'],
  ])('refuses a file with %s, and leaves it alone', async (_what, before, words) => {
    const site = await siteWith(before, trusted);
    const error: unknown = await writeOverride(site, signed()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'E_HARDWARE_INVALID',
      findings: [expect.stringContaining(words)],
    });
    expect(await readFile(join(site.directory, 'hardware.yaml'), 'utf8')).toBe(before);
  });
});
