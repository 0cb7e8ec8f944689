import { open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Digest, digestOf, hexOf } from '../../../../installer/base/digest.ts';
import { blobChunkBytes, blobChunksOf, chunkHash } from '../../../../installer/bundle/blob-chunks.ts';
import type { BuiltBundle } from '../../../../installer/bundle/build-bundle.ts';
import { parseIndex } from '../../../../installer/oci/manifest.ts';
import { largeWorkshop } from '../../../fixtures/large-workshop.ts';
import type { SmallWorkshop } from '../../../fixtures/small-bundle.ts';

let workshop: SmallWorkshop;
let built: BuiltBundle;
let big: { readonly digest: Digest; readonly sizeBytes: number };
/** Where its content begins in the bundle. */
let start: number;

beforeAll(async () => {
  workshop = await largeWorkshop();
  built = await workshop.build();
  const bundle = await workshop.open(built.file);
  const blobs = await bundle.blobs(bundle.artifact('big'));
  await bundle.close();
  big = blobs.toSorted((a, b) => b.sizeBytes - a.sizeBytes)[0] as typeof big;
  start = (await readFile(built.file)).indexOf(`blobs/sha256/${hexOf(big.digest)}\0`) + 512;
});
afterAll(async () => await workshop[Symbol.asyncDispose]());

async function damagedAt(...places: number[]): Promise<readonly string[]> {
  const file = join(workshop.folder, 'damaged.tar');
  await writeFile(file, await readFile(built.file));
  const handle = await open(file, 'r+');
  for (const at of places) await handle.write(Buffer.from('damage'), 0, 6, start + at);
  await handle.close();
  return await workshop.open(file).then(
    () => [],
    (error: { findings: readonly string[] }) => error.findings,
  );
}

describe('damage within a large blob', () => {
  it('is told to the chunk, in one file without a list of parts', async () => {
    const chunk = (number: number): string =>
      `${start + number * blobChunkBytes} to ${start + Math.min((number + 1) * blobChunkBytes, big.sizeBytes)}`;
    const name = `big: blob ${big.digest} (bytes ${start} to ${start + big.sizeBytes})`;
    expect(await damagedAt(5_000_000)).toEqual([
      expect.stringContaining(`${name} is damaged at bytes ${chunk(1)}: its content has the digest sha256:`),
    ]);
    expect(await damagedAt(10, big.sizeBytes - 10)).toEqual([
      expect.stringContaining(`${name} is damaged at bytes ${chunk(0)}, ${chunk(2)}: `),
    ]);
  });

  it('can be told by tools of an own, from what the index says under its signature', async () => {
    const whole = await readFile(built.file);
    const at = whole.indexOf('{"annotations"');
    const text = String(whole.subarray(at, whole.indexOf(0, at)));
    const { chunkBytes, hashes } = blobChunksOf(parseIndex(text, 'index.json'));
    expect([chunkBytes, [...hashes.keys()]]).toEqual([blobChunkBytes, [big.digest]]);
    const content = whole.subarray(start, start + big.sizeBytes);
    expect(hashes.get(big.digest)).toEqual(
      [0, 1, 2].map((number) =>
        chunkHash(hexOf(digestOf(content.subarray(number * chunkBytes, (number + 1) * chunkBytes)))),
      ),
    );
  });

  it('is kept out of the index: a blob that rotted in the cache is made again before it is written down', async () => {
    const chunks = join(workshop.options.cacheRoot, 'chunks');
    expect(await readdir(chunks)).toEqual([hexOf(big.digest)]);
    await rm(chunks, { recursive: true });
    const blob = join(workshop.options.cacheRoot, 'blobs', 'sha256', hexOf(big.digest));
    const handle = await open(blob, 'r+');
    await handle.write(Buffer.from('rotten'), 0, 6, 5_000_000);
    await handle.close();
    expect((await workshop.build()).digest).toBe(built.digest);
  });
});
