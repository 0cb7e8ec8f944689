import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { digestOf } from '../../../installer/base/digest.ts';
import type { BuiltBundle } from '../../../installer/bundle/build-bundle.ts';
import { formatHave } from '../../../installer/bundle/have.ts';
import { type MadeDelta, makeDelta } from '../../../installer/bundle/make-delta.ts';
import { openBundle, openVerified } from '../../../installer/bundle/open-bundle.ts';
import { SigningKeys } from '../../../installer/bundle/signing-keys.ts';
import { trustOfSite } from '../../../installer/bundle/trust.ts';
import { largeWorkshop } from '../../fixtures/large-workshop.ts';
import { noise } from '../../fixtures/made-bundle.ts';
import type { SmallWorkshop } from '../../fixtures/small-bundle.ts';
import { type ImportSite, importSite } from '../../support/import-site.ts';

let workshop: SmallWorkshop;
let first: BuiltBundle;
let second: BuiltBundle;
let site: ImportSite;
let folder: string;

beforeAll(async () => {
  workshop = await largeWorkshop();
  first = await workshop.build({ out: join(workshop.folder, 'first.tar') });
  await workshop.write('tool/content', noise(3_000_000, 'newer tool'));
  second = await workshop.build({ out: join(workshop.folder, 'second.tar') });
}, 120_000);
afterAll(async () => await workshop[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(workshop.folder, 'test-'));
  site = await importSite(workshop);
  await site.bring(first.file);
});

async function have(of = site): Promise<string> {
  const bundle = await openVerified(of.store, { trust: trustOfSite(of.site) });
  const file = join(folder, 'have.json');
  await writeFile(file, formatHave(of.site.name, bundle, of.importer));
  await bundle.close();
  return file;
}

async function delta(against: string, file = second.file): Promise<MadeDelta> {
  const signer = await new SigningKeys(workshop.options.keysDirectory).open('builder');
  return await makeDelta(file, {
    against,
    out: join(folder, 'delta.tar'),
    trust: await workshop.trust(),
    signer,
  });
}

it('a delta carries the missing blobs alone, and with the store makes the full bundle, digest for digest', async () => {
  const made = await delta(await have());
  expect(made.carriedBytes).toBeGreaterThan(3_000_000);
  expect(made.carriedBytes).toBeLessThan(3_100_000);
  expect(made.sizeBytes).toBeLessThanOrEqual(1.02 * made.carriedBytes);
  expect((await stat(made.file)).size).toBe(made.sizeBytes);
  const { receipt, copiedBytes } = await site.bring(made.file);
  expect(receipt).toMatchObject({ bundle: second.digest, carriedAs: 'delta' });
  expect(copiedBytes).toBe(made.carriedBytes);
  const bundle = await openBundle(site.store, { trust: trustOfSite(site.site), lock: second.lock });
  const full = await workshop.open(second.file);
  expect(bundle.digest).toBe(full.digest);
  expect(bundle.sizeBytes).toBe(full.sizeBytes);
  for (const artifact of full.artifacts) {
    for (const { digest } of await full.blobs(artifact))
      expect(digestOf(await buffer(bundle.readBlob(digest)))).toBe(digest);
  }
  await full.close();
  await bundle.close();
  // The same root as if the whole had come in.
  const whole = await importSite(workshop);
  expect((await whole.bring(second.file)).receipt.root).toBe(receipt.root);
});

it('a delta works where the first bundle is served in place', async () => {
  const store = join(folder, 'store');
  await site.bring(first.file, { store });
  const { receipt } = await site.bring((await delta(await have())).file, { store });
  expect(receipt).toMatchObject({ bundle: second.digest, keptAs: 'in place' });
  const bundle = await openBundle(store, { trust: trustOfSite(site.site) });
  expect(bundle.digest).toBe(second.digest);
  await bundle.close();
});

it('nothing is missing: the delta is small, and fits', async () => {
  await site.bring(second.file);
  const made = await delta(await have());
  expect([made.carried, made.carriedBytes]).toEqual([0, 0]);
  expect((await site.bring(made.file)).receipt.bundle).toBe(second.digest);
});

it('is refused where it does not fit, with every blob that is missing', async () => {
  const made = await delta(await have());
  const empty = await importSite(workshop);
  await expect(empty.bring(made.file)).rejects.toMatchObject({
    code: 'E_DELTA_MISFIT',
    findings: expect.arrayContaining([
      expect.stringMatching(/^blob sha256:.* is neither in the delta nor in the store$/),
    ]),
  });
  await expect(stat(empty.store)).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(site.bring(made.file, { site: { ...site.site, name: 'other' } })).rejects.toMatchObject({
    code: 'E_DELTA_MISFIT',
    message: expect.stringContaining('made for the site "test"'),
  });
  const big = second.artifacts.find((artifact) => artifact.name === 'big')?.digest ?? second.digest;
  await writeFile(join(site.store, 'blobs', 'sha256', big.slice(7)), 'rotten');
  await expect(site.bring(made.file)).rejects.toMatchObject({
    code: expect.stringMatching(/E_DELTA_MISFIT|E_BUNDLE_DAMAGED/),
  });
});

it('is nothing on its own, and says so', async () => {
  const made = await delta(await have());
  await expect(workshop.open(made.file)).rejects.toMatchObject({
    code: 'E_DELTA_MISFIT',
    hint: expect.stringContaining('bundle import'),
  });
});

it('a receipt that was changed is refused', async () => {
  const file = await have();
  await writeFile(file, (await readFile(file, 'utf8')).replace('"site": "test"', '"site": "else"'));
  await expect(delta(file)).rejects.toMatchObject({ code: 'E_STATEMENT_INVALID' });
  await expect(delta('/nowhere.json')).rejects.toMatchObject({ code: 'E_STATEMENT_INVALID' });
});
