import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { open, readdir, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Events, silentEvents } from '../../../installer/base/events.ts';
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
  const { parts } = await workshop.export(file, to, { partBytes: 4 << 20, parityPercent, events });
  return parts.map(({ name }) => join(to, name));
}

async function scratch(part: string, places: readonly number[]): Promise<void> {
  await using opened = await open(part, 'r+');
  for (const at of places) await opened.write(Buffer.alloc(3000), 0, 3000, at);
}

/** How far each kind of work was, in the order in which it was told. */
function kept(): { readonly events: Events; readonly shares: (word: string) => number[] } {
  const told: { word: string; share: number }[] = [];
  return {
    events: {
      emit: (event) =>
        event.kind === 'progress' &&
        void told.push({ word: event.scope.join(' '), share: event.done / event.total }),
    },
    shares: (word) => told.filter((one) => one.word === word).map(({ share }) => share),
  };
}

it('parity mends scratches and a missing part, and says when it is not enough', async () => {
  const stick = join(workshop.folder, 'stick');
  const trust = await workshop.trust();
  const { events, shares } = kept();
  const [first = '', second = '', third = ''] = await exportTo(stick, 50, events);
  const before = (await readdir(stick)).toSorted();
  // What holds the parts holds the parity: no file of it is larger than they are.
  const parity = before.filter((name) => name.endsWith('.par2'));
  expect(parity.length).toBeGreaterThan(2);
  for (const name of parity) expect((await stat(join(stick, name))).size, name).toBeLessThanOrEqual(4 << 20);
  await scratch(first, [0, 1_000_000, 4_000_000]);
  await rm(third);
  await expect(workshop.open(stick)).rejects.toMatchObject({ code: 'E_BUNDLE_DAMAGED' });
  expect(await repairBundle(stick, { trust, events })).toHaveLength(1);
  expect((await readdir(stick)).toSorted()).toEqual(before);
  expect(await repairBundle(stick, { trust })).toEqual([]);
  for (const work of ['bundle parity', 'bundle repair']) {
    expect(shares(work), work).toEqual(shares(work).toSorted((a, b) => a - b));
    expect(shares(work).at(-1), work).toBe(1);
  }
  await rm(second);
  await rm(first);
  await expect(repairBundle(stick, { trust })).rejects.toMatchObject({
    code: 'E_BUNDLE_DAMAGED',
    message: expect.stringMatching(/there is more damage than parity, by \d+ blocks$/),
    findings: [`${basename(first)} is missing`, `${basename(second)} is missing`],
    hint: expect.stringContaining(`Carry again: ${basename(first)}, ${basename(second)}`),
  });
  for (const name of parity) await rm(join(stick, name));
  await expect(repairBundle(stick, { trust })).rejects.toMatchObject({
    code: 'E_BUNDLE_DAMAGED',
    message: expect.stringContaining('their parity is missing or damaged'),
    hint: expect.stringContaining(`Carry again: ${parity.join(', ')}`),
  });
});

it('parts that cannot be mended for want of room are left as they were', async () => {
  using disk = tinyDisk(20 << 20);
  const trust = await workshop.trust();
  const [first = ''] = await exportTo(disk.path, 2);
  await scratch(first, [100_000]);
  const damaged = await readFile(first);
  const { bavail, bsize } = await statfs(disk.path);
  await writeFile(join(disk.path, 'filler'), Buffer.alloc(bavail * bsize - (1 << 20)));
  const before = (await readdir(disk.path)).toSorted();
  await expect(repairBundle(disk.path, { trust })).rejects.toMatchObject({
    code: 'E_DISK_FULL',
    message: expect.stringContaining('There is no room left in'),
  });
  expect((await readdir(disk.path)).toSorted()).toEqual(before);
  expect((await readFile(first)).equals(damaged)).toBe(true);
  await rm(join(disk.path, 'filler'));
  expect(await repairBundle(disk.path, { trust })).toHaveLength(1);
});

it('a folder that cannot be written is told as that, with what to do instead', async () => {
  using disk = tinyDisk(20 << 20);
  const trust = await workshop.trust();
  const [first = ''] = await exportTo(disk.path, 2);
  await scratch(first, [100_000]);
  execFileSync('mount', ['-o', 'remount,ro', disk.path]);
  await expect(repairBundle(disk.path, { trust })).rejects.toMatchObject({
    code: 'E_FILE_WRITE',
    message: expect.stringContaining('Parts are mended in their place, but'),
    hint: expect.stringContaining(`cp -r ${disk.path} /var/tmp/parts`),
  });
});

it('without the program, the parts are named that can be carried instead', async () => {
  const stick = join(workshop.folder, 'without');
  const [first = ''] = await exportTo(stick, 2);
  await scratch(first, [100_000]);
  vi.stubEnv('PATH', '/nowhere');
  const repairing = repairBundle(stick, { trust: await workshop.trust() });
  await expect(repairing).rejects.toMatchObject({
    code: 'E_MACHINE_UNFIT',
    hint: expect.stringMatching(
      new RegExp(
        `^Carry the package par2 in as well .*apt-get download par2.*\nCarry again: ${basename(first)}$`,
      ),
    ),
  });
  vi.unstubAllEnvs();
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
