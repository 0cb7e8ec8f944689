import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Digest, hexOf } from '../../../installer/base/digest.ts';
import type { BuiltBundle } from '../../../installer/bundle/build-bundle.ts';
import type { OpenBundle } from '../../../installer/bundle/bundle.ts';
import { openListing } from '../../../installer/bundle/open-listing.ts';
import { trustOfKeys } from '../../../installer/bundle/trust.ts';
import { type SmallWorkshop, smallWorkshop } from '../../fixtures/small-bundle.ts';

let workshop: SmallWorkshop;
let built: BuiltBundle;
let whole: Buffer;

beforeAll(async () => {
  workshop = await smallWorkshop();
  built = await workshop.build();
  whole = await readFile(built.file);
});
afterAll(async () => await workshop[Symbol.asyncDispose]());

/** The bundle with one byte flipped, opened for its listing. */
async function openFlipped(at: number) {
  const file = join(workshop.folder, 'flipped.tar');
  const bytes = Buffer.from(whole);
  bytes[at] = (bytes[at] ?? 0) ^ 0x20;
  await writeFile(file, bytes);
  return await openListing(file, { trust: await workshop.trust() });
}

/** Where the content of a file of the layout begins in the tar: a block after its name. */
const placeOf = (name: string): number => whole.indexOf(`${name}\0`) + 512;
const blobAt = (digest: Digest): number => placeOf(`blobs/sha256/${hexOf(digest)}`);

describe('a bundle of which only the listing is read', () => {
  it('says the same as one that was read to its end, and gives no content', async () => {
    const listing = await openListing(built.file, { trust: await workshop.trust() });
    const bundle = await workshop.open(built.file);
    const facts = ({ path, digest, version, sequence, sizeBytes, signedBy, artifacts }: OpenBundle) => ({
      path,
      digest,
      version,
      sequence,
      sizeBytes,
      signedBy,
      artifacts,
    });
    expect(facts(listing as OpenBundle)).toEqual(facts(bundle));
    for (const artifact of bundle.artifacts) {
      expect(await listing.manifest(artifact)).toEqual(await bundle.manifest(artifact));
      expect(await listing.blobs(artifact)).toEqual(await bundle.blobs(artifact));
    }
    expect('readBlob' in listing).toBe(false);
    await listing.close();
    await bundle.close();
  });

  it('is refused when index, signature, key or a manifest is altered, wherever the byte is', async () => {
    const manifest = blobAt(built.artifacts[0]?.digest as Digest);
    const places = ['index.json', 'index.json.sig', 'index.json.pub', 'oci-layout'].map(placeOf);
    for (const at of [...places, manifest].flatMap((start) => [start, start + 7, start + 40]))
      await expect(openFlipped(at), `byte ${at}`).rejects.toMatchObject({ code: 'E_BUNDLE_DAMAGED' });
  });

  it('is refused when a blob is missing or cut off', async () => {
    const file = join(workshop.folder, 'cut.tar');
    await writeFile(file, whole.subarray(0, whole.length - 40_000));
    await expect(openListing(file, { trust: await workshop.trust() })).rejects.toMatchObject({
      code: 'E_BUNDLE_DAMAGED',
    });
  });

  it('is refused when nobody trusted signed it', async () => {
    const trust = trustOfKeys([], 'this test');
    await expect(openListing(built.file, { trust })).rejects.toMatchObject({ code: 'E_KEY_UNKNOWN' });
  });

  it('does not read contents: what is wrong within a blob is for those to find who take it out', async () => {
    const bundle = await workshop.open(built.file);
    const layer = (await bundle.blobs(bundle.artifact('web'))).at(-1);
    await bundle.close();
    const listing = await openFlipped(blobAt(layer?.digest as Digest) + 7);
    expect(listing.has('web')).toBe(true);
    await listing.close();
    await expect(workshop.open(join(workshop.folder, 'flipped.tar'))).rejects.toMatchObject({
      code: 'E_BUNDLE_DAMAGED',
    });
  });
});
