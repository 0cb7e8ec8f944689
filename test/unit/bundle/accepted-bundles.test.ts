import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digestOf } from '../../../installer/base/digest.ts';
import { makePrivateKey, type Signer, signerOf } from '../../../installer/base/signature.ts';
import { acceptedBundle, admitBundle } from '../../../installer/bundle/accepted-bundles.ts';
import { formatDowngrade } from '../../../installer/bundle/downgrade.ts';
import type { Site } from '../../../installer/site/site.ts';
import { sampleSite } from '../../support/sample-site.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const importer = signerOf(makePrivateKey(undefined), undefined);
const bundle = (sequence: number, salt = '') => ({
  path: `/media/${sequence}.tar`,
  digest: digestOf(`${sequence}${salt}`),
  version: `1.0.${sequence}`,
  sequence,
});

async function someSite(): Promise<Site> {
  const site = sampleSite(await temporaryFolder());
  return {
    ...site,
    trust: { bundleKeys: [], importerKeys: [{ name: 'importer', publicKey: importer.publicKey }] },
  };
}

async function downgrade(
  site: Site,
  to: number,
  from: number,
  signer: Signer = importer,
  name = site.name,
): Promise<string> {
  const file = join(site.directory, 'downgrade.json');
  const about = { site: name, bundle: bundle(to).digest, replaces: bundle(from).digest, reason: 'INC-1' };
  await writeFile(file, formatDowngrade(about, signer));
  return file;
}

test('the first bundle is taken, then newer ones; looking alone writes nothing', async () => {
  const site = await someSite();
  const first = await admitBundle(site, bundle(3));
  expect(await acceptedBundle(site.directory)).toBeUndefined();
  await first.record();
  await (await admitBundle(site, bundle(5))).record();
  expect(await acceptedBundle(site.directory)).toMatchObject({ sequence: 5, version: '1.0.5' });
  await (await admitBundle(site, bundle(5, 'other sets'))).record();
  expect(await acceptedBundle(site.directory)).toMatchObject({ digest: bundle(5, 'other sets').digest });
});

test('an older bundle is refused, with what to do', async () => {
  const site = await someSite();
  await (await admitBundle(site, bundle(5))).record();
  await expect(admitBundle(site, bundle(4))).rejects.toMatchObject({
    code: 'E_BUNDLE_OLDER',
    message: expect.stringMatching(/sequence 4\) is older .* sequence 5\)/),
    hint: expect.stringContaining('perimeter bundle downgrade /media/4.tar --site'),
  });
});

test('a signed downgrade lets it through once, and is kept', async () => {
  const site = await someSite();
  await (await admitBundle(site, bundle(5))).record();
  const file = await downgrade(site, 4, 5);
  const admission = await admitBundle(site, bundle(4), file);
  expect(admission.note).toContain('INC-1');
  await admission.record();
  // The run that was interrupted goes on without it.
  await (await admitBundle(site, bundle(4))).record();
  await (await admitBundle(site, bundle(5))).record();
  await expect(admitBundle(site, bundle(4), file)).rejects.toMatchObject({
    code: 'E_STATEMENT_INVALID',
    message: expect.stringContaining('was used before'),
  });
  expect(await readFile(join(site.directory, '.perimeter', 'accepted-bundles.json'), 'utf8')).toContain(
    'INC-1',
  );
});

test('a downgrade that is about something else lets nothing through', async () => {
  const site = await someSite();
  await (await admitBundle(site, bundle(5))).record();
  const refused = async (file: string): Promise<unknown> =>
    admitBundle(site, bundle(4), file).catch((error: unknown) => error);
  const invalid = { code: 'E_STATEMENT_INVALID' };
  expect(await refused(await downgrade(site, 3, 5))).toMatchObject({
    ...invalid,
    message: expect.stringContaining('lets sha256:'),
  });
  expect(await refused(await downgrade(site, 4, 6))).toMatchObject({
    ...invalid,
    message: expect.stringContaining('but the site has'),
  });
  expect(await refused(await downgrade(site, 4, 5, importer, 'other'))).toMatchObject({
    ...invalid,
    message: expect.stringContaining('for the site "other"'),
  });
  const stranger = signerOf(makePrivateKey(undefined), undefined);
  expect(await refused(await downgrade(site, 4, 5, stranger))).toMatchObject({ code: 'E_KEY_UNKNOWN' });
  const file = await downgrade(site, 4, 5);
  await writeFile(file, (await readFile(file, 'utf8')).replace('INC-1', 'INC-2'));
  expect(await refused(file)).toMatchObject({
    ...invalid,
    message: expect.stringContaining('was changed after it was signed'),
  });
  await writeFile(file, '{}');
  expect(await refused(file)).toMatchObject({
    ...invalid,
    message: expect.stringContaining('no signed statement'),
  });
  expect(await refused('/nowhere.json')).toMatchObject({
    ...invalid,
    message: expect.stringContaining('cannot be read'),
  });
});

test('a damaged memory is told, not forgotten', async () => {
  const site = await someSite();
  await mkdir(join(site.directory, '.perimeter'));
  await writeFile(join(site.directory, '.perimeter', 'accepted-bundles.json'), '{');
  await expect(admitBundle(site, bundle(1))).rejects.toMatchObject({ code: 'E_SITE_INVALID' });
});
