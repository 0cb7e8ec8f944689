import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { type ScannedContents, scanLayers } from '../../../../installer/bundle/sbom/scan-layers.ts';
import { BlobStore } from '../../../../installer/oci/blob-store.ts';
import { mediaTypes } from '../../../../installer/oci/media-types.ts';

type Entry =
  | readonly [name: string, content: string]
  | readonly [name: string, link: { readonly to: string }];

/** Layers as somebody else makes them: nothing in their names is checked. */
async function scan(...layers: readonly (readonly Entry[])[]): Promise<ScannedContents> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'scan-'));
  const store = new BlobStore(folder.path);
  const descriptors = [];
  for (const entries of layers) {
    const tar = pack();
    for (const [name, content] of entries) {
      if (typeof content === 'string') tar.entry({ name }, content);
      else tar.entry({ name, type: 'symlink', linkname: content.to });
    }
    tar.finalize();
    const blob = await store.putStream(Readable.from(tar as AsyncIterable<Buffer>));
    descriptors.push({ mediaType: mediaTypes.layerTar, digest: blob.digest, size: blob.sizeBytes });
  }
  return await scanLayers(store, descriptors, 'artifact x');
}

const paths = ({ files }: ScannedContents): string[] => files.map((file) => file.path);

describe('what lies in layers', () => {
  it('is what the uppermost says: files are replaced, and taken away', async () => {
    const lower: Entry[] = [
      ['a', '1'],
      ['b/c', '1'],
      ['b/d', '1'],
      ['e/f', '1'],
    ];
    const found = await scan(lower, [
      ['a', '22'],
      ['b/.wh.c', ''],
      ['e/.wh..wh..opq', ''],
      ['e/g', '1'],
    ]);
    expect(paths(found)).toEqual(['a', 'b/d', 'e/g']);
    expect(found.files[0]?.sizeBytes).toBe(2);
  });

  it('is never looked for behind a link', async () => {
    expect(
      paths(
        await scan([
          ['link', { to: '/etc' }],
          ['outside', { to: '../../etc/passwd' }],
          ['./a', ''],
        ]),
      ),
    ).toEqual(['a']);
  });

  it.each(['../../etc/passwd', '/etc/passwd'])('under the path %s is refused', async (name) => {
    await expect(scan([[name, 'x']])).rejects.toMatchObject({
      code: 'E_BUNDLE_DAMAGED',
      message: expect.stringContaining('artifact x holds the path'),
    });
  });
});
