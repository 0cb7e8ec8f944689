import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { chunkBytes } from '../../../installer/agent/chunks.ts';
import { digestOf } from '../../../installer/base/digest.ts';
import type { OpenBundle } from '../../../installer/bundle/bundle.ts';
import { chunkHashesOf } from '../../../installer/seed/chunk-hashes.ts';
import { noise } from '../../fixtures/made-bundle.ts';
import { chunkHashesOfBytes } from '../../fixtures/planned-blobs.ts';

/** A bundle that gives these bytes, in pieces that fit no chunk, whatever is asked. */
function bundleOf(content: Buffer): OpenBundle {
  const pieces = Array.from({ length: Math.ceil(content.length / 70_001) }, (_unused, index) =>
    content.subarray(index * 70_001, (index + 1) * 70_001),
  );
  return { path: '/media/bundle.tar', blobPieces: () => Readable.from(pieces) } as unknown as OpenBundle;
}

test.each([0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 3 * chunkBytes + 5])(
  'a blob of %i bytes',
  async (bytes) => {
    const content = noise(bytes, `chunks ${bytes}`);
    const blob = { digest: digestOf(content), sizeBytes: bytes };
    const hashes = await chunkHashesOf(bundleOf(content), blob);
    expect(hashes).toEqual(chunkHashesOfBytes(content));
    // Known now: the bundle is not read again.
    expect(await chunkHashesOf(bundleOf(Buffer.alloc(0)), blob)).toEqual(hashes);
  },
);

test('a blob that is not what its name says gives no hashes', async () => {
  const blob = { digest: digestOf('something else'), sizeBytes: 5 };
  await expect(chunkHashesOf(bundleOf(Buffer.from('hello')), blob)).rejects.toMatchObject({
    code: 'E_BUNDLE_DAMAGED',
    hint: expect.stringContaining('perimeter bundle verify /media/bundle.tar'),
  });
});
