import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { checkLayers } from '../../../installer/bundle/check-layers.ts';
import { mediaTypes } from '../../../installer/oci/media-types.ts';
import { type HostileEntry, hostileBundle } from '../../fixtures/hostile-bundle.ts';
import { smallWorkshop } from '../../fixtures/small-bundle.ts';

const plain = { pack: (bytes: Buffer): Buffer => bytes, mediaType: mediaTypes.layerTar };

async function findings(...given: Parameters<typeof hostileBundle>): Promise<readonly string[]> {
  const bundle = await hostileBundle(...given);
  return await checkLayers(bundle).then(
    () => [],
    (error: { code: string; findings: readonly string[] }) => {
      expect(error.code).toBe('E_BUNDLE_DAMAGED');
      return error.findings;
    },
  );
}

describe('looking into the layers of a bundle', () => {
  it('finds nothing in what our builder makes, and writes nothing', async () => {
    await using workshop = await smallWorkshop();
    const bundle = await workshop.open((await workshop.build()).file);
    expect(await checkLayers(bundle)).toMatchObject({ layers: 3, entries: expect.any(Number) });
    await bundle.close();
  });

  it('refuses a layer of an image that climbs, as well as one of files', async () => {
    const climbs: HostileEntry[] = [{ name: '../../evil', type: 'file' }];
    for (const kind of ['image', 'files'] as const)
      expect(await findings(climbs, plain, kind)).toEqual([
        expect.stringMatching(/^Artifact bad, layer sha256:.* holds the path .*leads out of its folder$/),
      ]);
  });

  it('lets an image have links and devices, which stay within its root; a folder of this machine may not', async () => {
    const entries: HostileEntry[] = [
      { name: 'bin', type: 'symlink', linkname: '/usr/bin' },
      { name: 'dev/null', type: 'character-device', devmajor: 1, devminor: 3 },
    ];
    expect(await findings(entries, plain, 'image')).toEqual([]);
    expect(await findings(entries, plain, 'files')).toHaveLength(1);
  });

  it('names artifact and layer of what would fill a disk, and of what is no archive', async () => {
    const zeros: HostileEntry = { name: 'zeros', type: 'file', content: Buffer.alloc(80 << 20) };
    const bomb = { pack: zstdCompressSync, mediaType: mediaTypes.layerZstd };
    expect(await findings([zeros], bomb, 'image')).toEqual([
      expect.stringMatching(/^Artifact bad, layer sha256:.* unpacks to more than 200 times its size/),
    ]);
    const noArchive = { ...plain, mediaType: mediaTypes.layerZstd };
    expect(await findings([{ name: 'a', type: 'file' }], noArchive, 'image')).toEqual([
      expect.stringMatching(/^Artifact bad, layer sha256:.* cannot be unpacked: /),
    ]);
  });
});
