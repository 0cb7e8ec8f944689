import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hexOf } from '../../../../installer/base/digest.ts';
import type { BuiltBundle } from '../../../../installer/bundle/build-bundle.ts';
import { openBundle } from '../../../../installer/bundle/open-bundle.ts';
import { trustOfSite } from '../../../../installer/bundle/trust.ts';
import { releases } from '../../../fixtures/releases.ts';
import { type SmallWorkshop, smallWorkshop } from '../../../fixtures/small-bundle.ts';
import { flipBytes, placesIn } from '../../../support/damage.ts';
import { importSite } from '../../../support/import-site.ts';

let workshop: SmallWorkshop;
let first: BuiltBundle;
let second: BuiltBundle;
/** A blob that both have, relative to a store. */
let shared: string;

beforeAll(async () => {
  workshop = await smallWorkshop();
  [first, second] = (await releases(workshop, 2)) as [BuiltBundle, BuiltBundle];
  const [before, after] = await Promise.all([placesIn(first.file), placesIn(second.file)]);
  const names = new Set(before.map(({ name }) => name));
  const largest = after
    .filter(({ name }) => name.startsWith('blobs/') && names.has(name))
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  shared = largest[0]?.name ?? '';
}, 120_000);
afterAll(async () => await workshop[Symbol.asyncDispose]());

/** Rots without a trace in the inode, as a disk does: the journal says that it was like this when it was read. */
async function rotUnseen(store: string): Promise<void> {
  const file = join(store, shared);
  await flipBytes(file, 1000, 2);
  const { ctimeNs } = await stat(file, { bigint: true });
  const journal = join(store, 'journal.ndjson');
  const lines = (await readFile(journal, 'utf8')).split('\n');
  await writeFile(
    journal,
    lines
      .map((line) =>
        line.includes(shared)
          ? JSON.stringify({ ...(JSON.parse(line) as object), changedNs: String(ctimeNs) })
          : line,
      )
      .join('\n'),
  );
}

it('a blob that rotted is read before the next receipt is signed, and copied again', async () => {
  const { store, site, bring } = await importSite(workshop);
  await bring(first.file);
  await rotUnseen(store);
  const { copiedBytes, receipt } = await bring(second.file);
  expect(receipt.checks).toContain('size and SHA-256 of every blob');
  const { size } = await stat(join(store, shared));
  expect(copiedBytes).toBeGreaterThan(size);
  await (await openBundle(store, { trust: trustOfSite(site) })).close();
});

it('the same bundle again: what changed since it was read is read, what did not is not', async () => {
  const { store, bring } = await importSite(workshop);
  await bring(first.file);
  const journal = await readFile(join(store, 'journal.ndjson'), 'utf8');
  // A changed inode with the same content is found good, and noted as it is now.
  await utimes(join(store, shared), 1, 1);
  expect(await bring(first.file)).toMatchObject({ wasThere: true, copiedBytes: 0 });
  const after = await readFile(join(store, 'journal.ndjson'), 'utf8');
  expect(after.startsWith(journal)).toBe(true);
  expect(after.slice(journal.length).trim().split('\n')).toEqual([expect.stringContaining(shared)]);
  await flipBytes(join(store, shared), 1000, 2);
  const { size } = await stat(join(store, shared));
  expect(await bring(first.file)).toMatchObject({ wasThere: false, copiedBytes: size });
  expect(await bring(first.file)).toMatchObject({ wasThere: true });
});

it('--again reads what did not change as well', async () => {
  const { store, site, bring } = await importSite(workshop);
  await bring(first.file);
  await rotUnseen(store);
  expect(await bring(first.file)).toMatchObject({ wasThere: true });
  const { size } = await stat(join(store, shared));
  expect(await bring(first.file, { again: true })).toMatchObject({ wasThere: false, copiedBytes: size });
  expect(await bring(first.file, { again: true })).toMatchObject({ wasThere: true });
  await (await openBundle(store, { trust: trustOfSite(site) })).close();
});

it('a receipt that was changed, emptied or belongs to another bundle is none: the import goes on', async () => {
  const { store, site, bring } = await importSite(workshop);
  await bring(first.file);
  await bring(second.file);
  const file = join(store, 'bundles', hexOf(second.digest), 'receipt.json');
  const good = await readFile(file, 'utf8');
  const other = await readFile(join(store, 'bundles', hexOf(first.digest), 'receipt.json'), 'utf8');
  for (const text of ['', good.replace('"blobs": ', '"blobs": 1'), other]) {
    await writeFile(file, text);
    await expect(openBundle(store, { trust: trustOfSite(site) })).rejects.toMatchObject({
      code: 'E_STATEMENT_INVALID',
      hint: expect.stringContaining('perimeter bundle import'),
    });
    // What the store had is still known: an older bundle does not come in by this door.
    await expect(bring(first.file)).rejects.toMatchObject({ code: 'E_BUNDLE_OLDER' });
    expect(await bring(second.file)).toMatchObject({ wasThere: false, copiedBytes: 0 });
    await (await openBundle(store, { trust: trustOfSite(site) })).close();
  }
});
