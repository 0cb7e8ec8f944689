import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hexOf } from '../../../../installer/base/digest.ts';
import type { BuiltBundle } from '../../../../installer/bundle/build-bundle.ts';
import { formatDowngrade } from '../../../../installer/bundle/downgrade.ts';
import { formatHave } from '../../../../installer/bundle/have.ts';
import { makeDelta } from '../../../../installer/bundle/make-delta.ts';
import { openBundle, openVerified } from '../../../../installer/bundle/open-bundle.ts';
import { SigningKeys } from '../../../../installer/bundle/signing-keys.ts';
import { trustOfSite } from '../../../../installer/bundle/trust.ts';
import { releases } from '../../../fixtures/releases.ts';
import { type SmallWorkshop, smallWorkshop } from '../../../fixtures/small-bundle.ts';
import { placesIn } from '../../../support/damage.ts';
import { type ImportSite, importSite } from '../../../support/import-site.ts';

let workshop: SmallWorkshop;
let built: BuiltBundle[];
let site: ImportSite;
let store: string;

beforeAll(async () => {
  workshop = await smallWorkshop();
  built = await releases(workshop, 4);
}, 120_000);
afterAll(async () => await workshop[Symbol.asyncDispose]());
beforeEach(async () => {
  site = await importSite(workshop);
  ({ store } = site);
});

const release = (number: number): BuiltBundle => {
  const found = built[number - 1];
  if (found === undefined) throw new Error(`there is no release ${number}`);
  return found;
};
const blobNames = async (of: BuiltBundle): Promise<string[]> =>
  (await placesIn(of.file)).map(({ name }) => name).filter((name) => name.startsWith('blobs/'));
const inStore = async (): Promise<Set<string>> =>
  new Set((await readdir(join(store, 'blobs', 'sha256'))).map((name) => `blobs/sha256/${name}`));
const folderOf = (of: BuiltBundle): string => join(store, 'bundles', hexOf(of.digest));
const reopen = async (at = store): Promise<string> => {
  const bundle = await openBundle(at, { trust: trustOfSite(site.site) });
  await bundle.close();
  return bundle.digest;
};

describe('a downgrade', () => {
  async function statement(of: BuiltBundle, replaces: BuiltBundle): Promise<string> {
    const file = join(store, '..', 'downgrade.json');
    const about = { site: site.site.name, bundle: of.digest, replaces: replaces.digest, reason: 'INC-7' };
    await writeFile(file, formatDowngrade(about, site.importer));
    return file;
  }

  it('lets one bundle in once, however often the store goes back and forth', async () => {
    const [older, newer] = [release(1), release(2)];
    await site.bring(newer.file);
    const downgradeFile = await statement(older, newer);
    const { receipt } = await site.bring(older.file, { downgradeFile });
    expect(receipt.checks.join()).toContain('let through by a signed downgrade: INC-7');
    // Already done: saying it again does no harm.
    expect(await site.bring(older.file, { downgradeFile })).toMatchObject({ wasThere: true });
    await site.bring(newer.file);
    expect(await reopen()).toBe(newer.digest);
    await expect(site.bring(older.file, { downgradeFile })).rejects.toMatchObject({
      code: 'E_STATEMENT_INVALID',
      message: expect.stringContaining('used before'),
    });
    expect(await reopen()).toBe(newer.digest);
    await site.bring(older.file, { downgradeFile: await statement(older, newer) });
    expect(await reopen()).toBe(older.digest);
  });

  it('is not used up by an import that was killed just before it counted', async () => {
    const [older, newer] = [release(1), release(2)];
    await site.bring(newer.file);
    const current = await readFile(join(store, 'current'), 'utf8');
    const downgradeFile = await statement(older, newer);
    await site.bring(older.file, { downgradeFile });
    await writeFile(join(store, 'current'), current);
    await site.bring(older.file, { downgradeFile });
    expect(await reopen()).toBe(older.digest);
    const told = JSON.parse(await readFile(join(store, 'accepted.json'), 'utf8')) as object[];
    expect(told).toHaveLength(2);
  });

  it('is not known to be unused where the list of used ones was changed by hand', async () => {
    await site.bring(release(2).file);
    await writeFile(join(store, 'accepted.json'), '[{"bundle": 1}]');
    await expect(site.bring(release(3).file)).rejects.toMatchObject({
      code: 'E_SITE_INVALID',
      hint: expect.stringContaining('backup'),
    });
    // Without any, the receipt still tells what the store has.
    await rm(join(store, 'accepted.json'));
    await expect(site.bring(release(1).file)).rejects.toMatchObject({ code: 'E_BUNDLE_OLDER' });
    await site.bring(release(3).file);
    expect(JSON.parse(await readFile(join(store, 'accepted.json'), 'utf8'))).toMatchObject([
      { bundle: release(2).digest },
      { bundle: release(3).digest },
    ]);
  });
});

describe('what no bundle needs any more', () => {
  it('goes: the present bundle and the one before it stay, and every receipt', async () => {
    await site.bring(release(1).file);
    expect((await site.bring(release(2).file)).freed).toEqual({ files: 0, bytes: 0 });
    await writeFile(join(store, 'blobs', 'sha256', 'half.partial'), 'left by a killed import');
    const third = await site.bring(release(3).file);
    const needed = new Set([...(await blobNames(release(2))), ...(await blobNames(release(3)))]);
    expect(await inStore()).toEqual(needed);
    const gone = (await blobNames(release(1))).filter((name) => !needed.has(name));
    expect(gone.length).toBeGreaterThan(1);
    // Its own blobs, its five small files, and what was half written.
    expect(third.freed.files).toBe(gone.length + 5);
    expect(third.freed.bytes).toBeGreaterThan(200_000);
    expect(await readdir(folderOf(release(1)))).toEqual(['receipt.json']);
    expect(await reopen()).toBe(release(3).digest);
    // The one before is whole: going back to it copies nothing.
    const file = join(store, '..', 'downgrade.json');
    const about = { site: 'test', bundle: release(2).digest, replaces: release(3).digest, reason: 'back' };
    await writeFile(file, formatDowngrade(about, site.importer));
    expect(await site.bring(release(2).file, { downgradeFile: file })).toMatchObject({ copiedBytes: 0 });
    expect(await inStore()).toEqual(needed);
    expect(await site.bring(release(3).file)).toMatchObject({ wasThere: true });
  });

  it('goes the next time when the last import was killed in the middle of it', async () => {
    await site.bring(release(1).file);
    await site.bring(release(2).file);
    const before = await inStore();
    await site.bring(release(3).file);
    const [one = ''] = [...before].filter((name) => !existsSync(join(store, name)));
    await writeFile(join(store, one), 'not yet removed');
    expect((await site.bring(release(3).file)).freed).toEqual({ files: 1, bytes: 15 });
    expect(existsSync(join(store, one))).toBe(false);
  });

  it('stays as long as nobody knows what is needed', async () => {
    await site.bring(release(1).file);
    await site.bring(release(2).file);
    await truncate(join(folderOf(release(2)), 'index.json'), 100);
    const before = await inStore();
    expect((await site.bring(release(3).file)).freed).toEqual({ files: 0, bytes: 0 });
    for (const name of before) expect(existsSync(join(store, name)), name).toBe(true);
  });

  it('goes where bundles are served in place as well', async () => {
    const folder = await mkdtemp(join(workshop.folder, 'test-'));
    const here = join(folder, 'store');
    for (const number of [1, 2, 3]) {
      await copyFile(release(number).file, join(folder, `${number}.tar`));
      const { receipt } = await site.bring(join(folder, `${number}.tar`), { store: here });
      expect(receipt.keptAs).toBe('in place');
      await rm(join(folder, `${number}.tar`));
    }
    expect(await readdir(join(here, 'bundles', hexOf(release(1).digest)))).toEqual(['receipt.json']);
    expect(await readdir(join(here, 'bundles', hexOf(release(2).digest)))).toContain('carried');
    expect(await reopen(here)).toBe(release(3).digest);
    const { freed } = await site.bring(release(4).file, { store: here });
    expect(freed.bytes).toBeGreaterThan(release(2).sizeBytes);
    expect(await reopen(here)).toBe(release(4).digest);
  });
});

it('what a delta counts on stays, though nobody wants the bundle any more in which it lies', async () => {
  const folder = await mkdtemp(join(workshop.folder, 'test-'));
  const here = join(folder, 'store');
  const signer = await new SigningKeys(workshop.options.keysDirectory).open('builder');
  await site.bring(release(1).file, { store: here });
  for (const number of [2, 3, 4]) {
    const bundle = await openVerified(here, { trust: trustOfSite(site.site) });
    const against = join(folder, 'have.json');
    await writeFile(against, formatHave('test', bundle, site.importer));
    await bundle.close();
    const out = join(folder, `${number}.tar`);
    await makeDelta(release(number).file, { against, out, trust: await workshop.trust(), signer });
    const { receipt } = await site.bring(out, { store: here });
    expect(receipt).toMatchObject({ keptAs: 'in place', carriedAs: 'delta' });
    expect(await reopen(here)).toBe(release(number).digest);
  }
  const left = async (number: number): Promise<string[]> =>
    await readdir(join(here, 'bundles', hexOf(release(number).digest)));
  expect((await left(1)).toSorted()).toEqual(['carried', 'receipt.json']);
  expect(await left(2)).toEqual(['receipt.json']);
  expect(await left(3)).toContain('carried');
});

describe('a first import that fails', () => {
  it('leaves nothing, and takes no folder away that was there', async () => {
    const cut = join(workshop.folder, 'cut.tar');
    await copyFile(release(1).file, cut);
    await truncate(cut, 9000);
    await expect(site.bring(cut)).rejects.toMatchObject({ code: 'E_BUNDLE_DAMAGED' });
    const deep = join(store, 'deep', 'store');
    const trust = { ...site.site.trust, bundleKeys: [] };
    const stranger = { site: { ...site.site, trust }, store: deep };
    await expect(site.bring(release(1).file, stranger)).rejects.toMatchObject({ code: 'E_KEY_UNKNOWN' });
    expect(existsSync(store)).toBe(false);
    await mkdir(store);
    await expect(site.bring(cut)).rejects.toMatchObject({ code: 'E_BUNDLE_DAMAGED' });
    expect(await readdir(store)).toEqual([]);
    expect((await stat(store)).isDirectory()).toBe(true);
  });
});
