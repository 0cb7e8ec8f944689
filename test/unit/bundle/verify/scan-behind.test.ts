import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Extent } from '../../../../installer/bundle/media/extent.ts';
import { scanBehind } from '../../../../installer/bundle/verify/scan-behind.ts';
import { scanLayout } from '../../../../installer/bundle/verify/scan-layout.ts';
import { paddingOf, tarEndBytes, tarHeader } from '../../../../installer/oci/layout-tar.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const nameOf = (number: number): string => `blobs/sha256/${String(number).padStart(64, '0')}`;

/** A tar of blobs of these sizes. */
function tarOf(sizes: readonly number[]): Buffer {
  const files = sizes.flatMap((size, number) => [
    tarHeader(nameOf(number), size),
    Buffer.alloc(size, number + 1),
    Buffer.alloc(paddingOf(size)),
  ]);
  return Buffer.concat([...files, Buffer.alloc(tarEndBytes)]);
}

/** The file in extents of which those parts cannot be read that lie in the sectors. */
async function withBadSectors(
  content: Buffer,
  sectors: readonly number[],
): Promise<{ extents: Extent[] } & AsyncDisposable> {
  const file = join(await temporaryFolder(), 'tar');
  const handle = await open(file, 'w+');
  await handle.writeFile(content);
  const extents: Extent[] = [];
  for (let offset = 0; offset < content.length; offset += 4096) {
    const fd = sectors.includes(offset / 4096) ? -1 : handle.fd;
    extents.push({ fd, offset, sizeBytes: Math.min(4096, content.length - offset) });
  }
  return { extents, [Symbol.asyncDispose]: async () => await handle.close() };
}

it('a sector that cannot be read hides only what lies in it', async () => {
  const sizes = [5000, 9000, 20_000, 700, 3_000_000, 100];
  // The header of the third blob lies at byte 15360, in the fourth sector.
  await using medium = await withBadSectors(tarOf(sizes), [3]);
  const scanned = scanLayout(medium.extents);
  expect(scanned.broken).toMatchObject({ offset: 15_360, reason: expect.stringContaining('cannot be read') });
  const { files, gaps, lostFrom } = await scanBehind(medium.extents, scanned);
  expect([...files.keys()]).toEqual([0, 1, 3, 4, 5].map(nameOf));
  expect(gaps).toEqual([{ offset: 15_872, sizeBytes: 20_000 + paddingOf(20_000) }]);
  expect(lostFrom).toBeUndefined();
});

it('a header a long way behind, in another piece, and one at an edge of a sector are found', async () => {
  const sizes = [100, 2_500_000, 3584, 50];
  const content = tarOf(sizes);
  content[512 + 512] = 0;
  await using medium = await withBadSectors(content, []);
  const { files } = await scanBehind(medium.extents, scanLayout(medium.extents));
  expect([...files.keys()]).toEqual([0, 2, 3].map(nameOf));
});

it('a medium of which nothing can be read any more is not searched to its end', async () => {
  const content = tarOf([100, 5_000_000, 100]);
  const bad = Array.from({ length: Math.ceil(content.length / 4096) }, (_, sector) => sector).slice(1);
  content[1024] = 0;
  await using medium = await withBadSectors(content, bad);
  const { files, lostFrom } = await scanBehind(medium.extents, scanLayout(medium.extents));
  expect([[...files.keys()], lostFrom]).toEqual([[nameOf(0)], 1024]);
});

it('what only looks like a header, or is one that was seen, is passed over', async () => {
  const [one, two] = [tarOf([3000]).subarray(0, -tarEndBytes), tarOf([10, 20]).subarray(1024)];
  const foreign = tarHeader('etc/passwd', 5);
  const damaged = Buffer.from(one.subarray(0, 512));
  damaged[0] = 0;
  const content = Buffer.concat([
    one,
    damaged,
    foreign,
    Buffer.alloc(512, 'ustar'),
    one.subarray(0, 512),
    two,
  ]);
  await using medium = await withBadSectors(content, []);
  const { files, gaps } = await scanBehind(medium.extents, scanLayout(medium.extents));
  expect([...files.keys()]).toEqual([nameOf(0), nameOf(1)]);
  expect(gaps).toEqual([{ offset: one.length + 512, sizeBytes: 3 * 512 }]);
});

it('stops when it is told to', async () => {
  const content = tarOf([100, 5_000_000]);
  content[1024] = 0;
  await using medium = await withBadSectors(content, []);
  const signal = AbortSignal.abort(new Error('stopped'));
  await expect(scanBehind(medium.extents, scanLayout(medium.extents), signal)).rejects.toThrow('stopped');
});
