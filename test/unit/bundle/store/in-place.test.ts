import {
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { hexOf } from '../../../../installer/base/digest.ts';
import type { BuiltBundle } from '../../../../installer/bundle/build-bundle.ts';
import { openBundle } from '../../../../installer/bundle/open-bundle.ts';
import { trustOfSite } from '../../../../installer/bundle/trust.ts';
import { largeWorkshop } from '../../../fixtures/large-workshop.ts';
import type { SmallWorkshop } from '../../../fixtures/small-bundle.ts';
import { flipBytes, placesIn } from '../../../support/damage.ts';
import { type ImportSite, importSite } from '../../../support/import-site.ts';

let workshop: SmallWorkshop;
let built: BuiltBundle;
let folder: string;
let store: string;
let carried: string;
let site: ImportSite;

beforeAll(async () => {
  workshop = await largeWorkshop();
  built = await workshop.build();
}, 120_000);
afterAll(async () => await workshop[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(workshop.folder, 'test-'));
  store = join(folder, 'store');
  carried = join(store, 'bundles', hexOf(built.digest), 'carried');
  site = await importSite(workshop);
});

const bring = async (path: string, more: { again?: boolean } = {}) =>
  await site.bring(path, { store, ...more });
const reopen = async (): Promise<void> =>
  await (await openBundle(store, { trust: trustOfSite(site.site) })).close();

async function exportTo(name: string): Promise<string> {
  const to = join(folder, name);
  await workshop.export(built.file, to, { partBytes: 4 << 20 });
  return to;
}

it('a link that lies on the medium is followed: the file itself is served', async () => {
  const medium = join(folder, 'medium');
  await mkdir(medium);
  await symlink(built.file, join(medium, 'carried.tar'));
  expect((await bring(join(medium, 'carried.tar'))).receipt.keptAs).toBe('in place');
  const [name = ''] = await readdir(carried);
  expect((await lstat(join(carried, name))).ino).toBe((await stat(built.file)).ino);
  await rm(medium, { recursive: true });
  await reopen();
});

it('a link that leads to another file system is copied', async () => {
  const { store: elsewhere } = await importSite(workshop);
  await mkdir(elsewhere);
  await copyFile(built.file, join(elsewhere, 'far.tar'));
  await symlink(join(elsewhere, 'far.tar'), join(folder, 'near.tar'));
  expect((await bring(join(folder, 'near.tar'))).receipt.keptAs).toBe('copy');
  await rm(join(elsewhere, 'far.tar'));
  await reopen();
});

it('what a killed import left is not taken for what is brought in', async () => {
  for (const left of [carried, `${carried}.new`, `${carried}.old`]) {
    await mkdir(left, { recursive: true });
    await copyFile(built.file, join(left, basename(built.file)));
    await flipBytes(join(left, basename(built.file)), built.sizeBytes - 100_000);
    await writeFile(join(left, 'aaa.parts.json'), 'half a list');
  }
  expect((await bring(built.file)).receipt.keptAs).toBe('in place');
  expect(await readdir(carried)).toEqual([basename(built.file)]);
  expect((await stat(join(carried, basename(built.file)))).ino).toBe((await stat(built.file)).ino);
  expect(await readdir(join(carried, '..'))).not.toContain('carried.new');
  await reopen();
});

it('a damaged medium is refused, and what was served before still is', async () => {
  await bring(built.file);
  const before = (await stat(join(carried, basename(built.file)))).ino;
  const damaged = join(folder, 'damaged.tar');
  await copyFile(built.file, damaged);
  await flipBytes(damaged, built.sizeBytes - 100_000);
  await rm(join(store, 'bundles', hexOf(built.digest), 'receipt.json'));
  await expect(bring(damaged)).rejects.toMatchObject({
    code: 'E_BUNDLE_DAMAGED',
    message: expect.stringContaining('nothing was taken in'),
  });
  expect((await stat(join(carried, basename(built.file)))).ino).toBe(before);
  expect(await readdir(join(carried, '..'))).not.toContain('carried.new');
  await bring(built.file);
  await reopen();
});

it('a part that is gone or rotted in the store is linked again, or copied where it cannot be', async () => {
  const stick = await exportTo('stick');
  await bring(stick);
  const [part = ''] = (await readdir(carried)).filter((name) => /\.\d+$/.test(name));
  const mend = {
    gone: async () => await rm(join(carried, part)),
    rotten: async () => {
      const bytes = await readFile(join(carried, part));
      await rm(join(carried, part));
      bytes[2_000_000] = (bytes[2_000_000] ?? 0) ^ 1;
      await writeFile(join(carried, part), bytes);
    },
  };
  for (const [how, damage] of Object.entries(mend)) {
    for (const again of [false, true]) {
      await damage();
      await expect(openBundle(store, { trust: trustOfSite(site.site) }), how).rejects.toMatchObject({
        code: 'E_BUNDLE_DAMAGED',
        hint: expect.stringContaining('--again'),
      });
      expect(await bring(stick, { again }), how).toMatchObject({ wasThere: false });
      await reopen();
    }
  }
  await mend.gone();
  // Off another file system: then it lies in the store as a copy, and what is left of the links is no use any more.
  const far = join(site.store, '..', 'far');
  await mkdir(far);
  for (const name of await readdir(stick)) await copyFile(join(stick, name), join(far, name));
  expect((await bring(far)).receipt.keptAs).toBe('copy');
  await expect(stat(carried)).rejects.toMatchObject({ code: 'ENOENT' });
  await reopen();
});

it('what was linked is verified, not what was named: a file that is edited in place is found', async () => {
  const own = join(folder, 'own.tar');
  await copyFile(built.file, own);
  await bring(own);
  const [, , big] = (await placesIn(own)).toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  await flipBytes(own, big?.content ?? 0);
  await expect(bring(own)).rejects.toMatchObject({ code: 'E_BUNDLE_DAMAGED' });
  await copyFile(built.file, join(folder, 'again.tar'));
  expect(await bring(join(folder, 'again.tar'))).toMatchObject({ wasThere: false });
  await reopen();
});
