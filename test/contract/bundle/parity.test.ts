import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exportBundle } from '../../../installer/bundle/export-bundle.ts';
import { repairBundle } from '../../../installer/bundle/repair-bundle.ts';
import { SigningKeys } from '../../../installer/bundle/signing-keys.ts';
import { largeWorkshop } from '../../fixtures/large-workshop.ts';
import type { SmallWorkshop } from '../../fixtures/small-bundle.ts';
import { tinyDisk } from '../../support/tiny-disk.ts';

let workshop: SmallWorkshop;
let file: string;
beforeAll(async () => {
  workshop = await largeWorkshop();
  ({ file } = await workshop.build());
});
afterAll(async () => await workshop[Symbol.asyncDispose]());

async function exportTo(to: string, parityPercent?: number): Promise<string[]> {
  const signer = await new SigningKeys(workshop.options.keysDirectory).open('builder');
  const { parts } = await exportBundle(file, {
    to,
    partBytes: 4 << 20,
    parityPercent,
    trust: await workshop.trust(),
    signer,
  });
  return parts.map(({ name }) => join(to, name));
}

it('parity mends scratches and a missing part, and says when it is not enough', async () => {
  const stick = join(workshop.folder, 'stick');
  const trust = await workshop.trust();
  const [first = '', second = '', third = ''] = await exportTo(stick, 50);
  const before = (await readdir(stick)).toSorted();
  await using scratched = await open(first, 'r+');
  for (const at of [0, 1_000_000, 4_000_000]) await scratched.write(Buffer.alloc(3000), 0, 3000, at);
  await rm(third);
  await expect(workshop.open(stick)).rejects.toMatchObject({ code: 'E_BUNDLE_DAMAGED' });
  await repairBundle(stick, { trust });
  expect((await readdir(stick)).toSorted()).toEqual(before);
  await rm(second);
  await rm(first);
  await expect(repairBundle(stick, { trust })).rejects.toMatchObject({
    code: 'E_BUNDLE_DAMAGED',
    message: expect.stringContaining('more damage than parity'),
  });
});

it('a medium that is too small is told before the first byte, and no half of anything is left', async () => {
  using disk = tinyDisk(6 << 20);
  await expect(exportTo(disk.path)).rejects.toMatchObject({
    code: 'E_DISK_FULL',
    message: expect.stringContaining('are free'),
  });
  expect(await readdir(disk.path)).toEqual([]);
});
