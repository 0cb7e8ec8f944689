import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { PerimeterError } from '../../../installer/base/errors.ts';
import { SigningKeys } from '../../../installer/bundle/signing-keys.ts';
import { runCli } from '../../../installer/cli/run-cli.ts';
import { loadCatalogue } from '../../../installer/hardware/catalogue.ts';
import { loadOverrides } from '../../../installer/hardware/site-hardware.ts';
import { loadSite } from '../../../installer/site/load-site.ts';
import { siteFolder, siteYaml } from '../site/site-folder.ts';
import { KeptStreams } from './streams.ts';

async function run(...argv: readonly string[]): Promise<{ code: number; streams: KeptStreams }> {
  const streams = new KeptStreams();
  return { code: await runCli(['hardware', ...argv], streams), streams };
}

describe('perimeter hardware', () => {
  it('lists the models with their provenance', async () => {
    const { code, streams } = await run('ls');
    expect(code).toBe(0);
    expect(streams.out).toMatch(/^gse-s200 +GSE +S200 +public-claim +0$/m);
  });

  it('shows one model, each fact with its source, and says what is not known', async () => {
    const { streams } = await run('show', 'gse-s200');
    expect(streams.out).toContain('BMC with IPMI');
    expect(streams.out).toContain('No limit is known');
    const json = await run('show', 'gse-s200', '--output', 'json');
    expect(json.streams.outJson.at(-1)).toMatchObject({ data: { model: { slug: 'gse-s200' } } });
  });

  it.each([
    [['show', 'gse-s20'], 'There is no model "gse-s20", did you mean "gse-s200"?\n'],
    [['show', 'other'], 'There is no model "other".\n'],
    [['capture', '10.0.0.1'], 'the key to log in with'],
    [['match', '/nowhere'], 'E_SITE_MISSING'],
    [['unfreeze', '/nowhere'], 'Freezing is not given up without a reason.'],
    [['unfreeze', '/nowhere', '--reason', 'CHG-1'], 'E_SITE_MISSING'],
  ])('refuses %j as wrong usage', async (argv, words) => {
    const { code, streams } = await run(...argv);
    expect(code).toBe(2);
    expect(streams.error).toContain(words);
  });
});

describe('perimeter hardware override', () => {
  const words = ['--serial', 'ABC123', '--model', 'gse-s200', '--by', 'a.smith', '--ticket', 'CHG-17'];
  const reason = ['--reason', 'the firmware tables are empty'];

  async function trustingSite(key: string): Promise<string> {
    const { signer } = await new SigningKeys().ensure(key);
    const trust = { importerKeys: [{ name: key, publicKey: signer.publicKey }] };
    return await siteFolder({ 'site.yaml': `${siteYaml}trust: ${JSON.stringify(trust)}\n` });
  }

  it('writes an entry that counts from then on, and replaces it when it is said again', async () => {
    const site = await trustingSite('importer');
    const { code, streams } = await run('override', site, ...words, ...reason);
    expect(code, streams.error).toBe(0);
    const file = await readFile(join(site, 'hardware.yaml'), 'utf8');
    expect(streams.out).toContain(`${join(site, 'hardware.yaml')}: serial number ABC123 is gse-s200`);
    for (const line of streams.out.trimEnd().split('\n').slice(1)) expect(file).toContain(line);

    const told = await run('override', site, ...words, '--reason', 'still no tables', '--output', 'json');
    expect(told.streams.outJson.at(-1)).toMatchObject({ data: { override: { reason: 'still no tables' } } });
    const overrides = await loadOverrides(await loadSite(site), await loadCatalogue(site));
    expect(overrides).toMatchObject([
      { serial: 'ABC123', model: 'gse-s200', by: 'a.smith', reason: 'still no tables', ticket: 'CHG-17' },
    ]);
  });

  it('signs, as it is printed, what was refused for want of a signature', async () => {
    const site = await trustingSite('importer');
    const other = "- {serial: X, model: gse-s200, by: b, reason: it's not signed, ticket: C-1}\n";
    await writeFile(join(site, 'hardware.yaml'), `overrides:\n${other}`);
    const load = async () => await loadOverrides(await loadSite(site), await loadCatalogue(site));
    const refused = (await load().catch((error: unknown) => error)) as PerimeterError;
    const [, command = ''] = refused.findings[0]?.split('Sign it: perimeter hardware ') ?? [];
    const { stdout } = await promisify(execFile)('sh', ['-c', `printf '%s\\n' ${command}`]);
    expect((await run(...stdout.trimEnd().split('\n'))).code).toBe(0);
    expect(await load()).toMatchObject([{ serial: 'X', reason: "it's not signed" }]);
  });

  it('refuses a key that the site does not trust, and says how it would', async () => {
    const site = await trustingSite('importer');
    await new SigningKeys().ensure('mine');
    const { code, streams } = await run('override', site, ...words, ...reason, '--signing-key', 'mine');
    expect(code).toBe(2);
    expect(streams.error).toContain('E_KEY_UNKNOWN');
    expect(streams.error).toContain('perimeter bundle key show mine --yaml');
    await expect(readFile(join(site, 'hardware.yaml'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('refuses a model that is not in the catalogue', async () => {
    const site = await trustingSite('importer');
    const { code, streams } = await run('override', site, ...words.with(3, 'gse-s20'), ...reason);
    expect(code).toBe(2);
    expect(streams.error).toContain('There is no model "gse-s20", did you mean "gse-s200"?\n');
  });

  it('names every word that is missing or too short', async () => {
    const { code, streams } = await run('override', '/nowhere', '--serial', 'A', '--reason', 'short');
    expect(code).toBe(2);
    for (const problem of [
      '--model is missing',
      '--by is missing',
      '--ticket is missing',
      '--reason must have',
    ])
      expect(streams.error).toContain(problem);
  });
});
