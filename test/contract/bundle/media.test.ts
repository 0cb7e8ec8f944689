import { writeFileSync } from 'node:fs';
import { open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentEvents } from '../../../installer/base/events.ts';
import { exportBundle } from '../../../installer/bundle/export-bundle.ts';
import { formatHave } from '../../../installer/bundle/have.ts';
import { makeDelta } from '../../../installer/bundle/make-delta.ts';
import { openVerified } from '../../../installer/bundle/open-bundle.ts';
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

async function exportTo(to: string, parityPercent?: number, events = silentEvents): Promise<string[]> {
  const signer = await new SigningKeys(workshop.options.keysDirectory).open('builder');
  const { parts } = await exportBundle(file, {
    to,
    partBytes: 4 << 20,
    parityPercent,
    events,
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

it('a medium that fills up meanwhile keeps the parts that are whole, and the export goes on', async () => {
  using disk = tinyDisk(14 << 20);
  let isFilled = false;
  const events = {
    emit: ({ kind, scope }: { readonly kind: string; readonly scope: readonly string[] }) => {
      if (kind !== 'progress' || scope[1] !== 'export' || isFilled) return;
      isFilled = true;
      writeFileSync(join(disk.path, 'filler'), Buffer.alloc(7 << 20));
    },
  };
  await expect(exportTo(disk.path, undefined, events as never)).rejects.toMatchObject({
    code: 'E_DISK_FULL',
    hint: expect.stringContaining('run the same command again'),
  });
  const whole = (await readdir(disk.path)).filter((name) => /\.\d{3}$/.test(name));
  expect(whole.length).toBeGreaterThan(0);
  const before = await stat(join(disk.path, whole[0] ?? ''));
  await rm(join(disk.path, 'filler'));
  await exportTo(disk.path);
  expect((await stat(join(disk.path, whole[0] ?? ''))).ino).toBe(before.ino);
  await (await workshop.open(disk.path)).close();
});

it('a delta that does not fit on its medium is told before the first byte', async () => {
  using disk = tinyDisk(1 << 20);
  const keys = new SigningKeys(workshop.options.keysDirectory);
  const signer = await keys.open('builder');
  const small = await workshop.build({ names: ['tool'], out: join(workshop.folder, 'tool.tar') });
  const bundle = await openVerified(small.file, { trust: await workshop.trust() });
  const against = join(workshop.folder, 'have.json');
  await writeFile(against, formatHave('test', bundle, signer));
  await bundle.close();
  const out = join(disk.path, 'delta.tar');
  const making = makeDelta(file, { against, out, trust: await workshop.trust(), signer });
  await expect(making).rejects.toMatchObject({ code: 'E_DISK_FULL' });
  expect(await readdir(disk.path)).toEqual([]);
});
