import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { zstdCompressSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../installer/base/digest.ts';
import type { OpenBundle } from '../../../installer/bundle/bundle.ts';
import { extractFiles } from '../../../installer/bundle/extract-files.ts';
import { putTarEntry, tarStream } from '../../../installer/oci/layer.ts';
import { mediaTypes } from '../../../installer/oci/media-types.ts';
import { noise } from '../../fixtures/made-bundle.ts';
import { smallWorkshop } from '../../fixtures/small-bundle.ts';

describe('unpacking an artifact', () => {
  it('gives the files with their modes, once for all who ask', async () => {
    await using workshop = await smallWorkshop();
    const bundle = await workshop.open((await workshop.build()).file);
    const [one, other] = await Promise.all([extractFiles(bundle, 'tool'), extractFiles(bundle, 'tool')]);
    expect(one).toBe(other);
    const file = join(one, 'usr/local/bin/tool');
    expect((await readFile(file)).equals(noise(200_000, 'tool'))).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o755);
    await bundle.close();
  });

  it("replaces a folder of the caller's own", async () => {
    await using workshop = await smallWorkshop();
    const bundle = await workshop.open((await workshop.build()).file);
    const folder = join(workshop.folder, 'own');
    expect(await extractFiles(bundle, 'data', folder)).toBe(folder);
    await extractFiles(bundle, 'tool', folder);
    expect(await stat(join(folder, 'usr/share/data')).catch(() => 'gone')).toBe('gone');
    await bundle.close();
  });

  it('refuses what is no artifact of files', async () => {
    await using workshop = await smallWorkshop();
    const bundle = await workshop.open((await workshop.build()).file);
    await expect(extractFiles(bundle, 'web')).rejects.toMatchObject({ code: 'E_BUNDLE_DAMAGED' });
    await bundle.close();
  });
});

type Entry = Parameters<typeof putTarEntry>[1] & { readonly content?: Buffer };

/** A bundle with one layer that no builder of ours would write. */
async function hostile(
  entries: readonly Entry[],
  packing = { pack: (tar: Buffer): Buffer => tar, mediaType: mediaTypes.layerTar as string },
): Promise<OpenBundle> {
  const tar = pack();
  const writing = (async () => {
    for (const { content: bytes, ...entry } of entries) {
      const header = { mtime: new Date(0), size: bytes?.length ?? 0, ...entry };
      await putTarEntry(tar, header, bytes === undefined ? [] : [bytes]);
    }
    tar.finalize();
  })();
  const content = packing.pack(await buffer(tarStream(tar)));
  await writing;
  const digest = digestOf(content);
  const layer = { mediaType: packing.mediaType, digest, size: content.length };
  const artifact = { name: 'bad', kind: 'files', digest } as ReturnType<OpenBundle['artifact']>;
  return {
    artifact: () => artifact,
    manifest: async () => ({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: layer,
      layers: [layer],
    }),
    readBlob: () => Readable.from([content]),
  } as unknown as OpenBundle;
}

it('stops at a layer that unpacks to far more than it is, and leaves nothing', async () => {
  await using workshop = await smallWorkshop();
  const folder = join(workshop.folder, 'victim');
  const entry: Entry = { name: 'zeros', type: 'file', content: Buffer.alloc(80 << 20) };
  const bundle = await hostile([entry], { pack: zstdCompressSync, mediaType: mediaTypes.layerZstd });
  await expect(extractFiles(bundle, 'bad', folder)).rejects.toMatchObject({ code: 'E_BUNDLE_DAMAGED' });
  expect((await readdir(workshop.folder)).filter((name) => name.startsWith('victim'))).toEqual([]);
});

describe('a layer that would write elsewhere', () => {
  it.each<[string, Entry[]]>([
    ['a path that climbs', [{ name: '../../evil', type: 'directory' }]],
    ['an absolute path', [{ name: '/etc/evil', type: 'directory' }]],
    ['an absolute link', [{ name: 'a', type: 'symlink', linkname: '/etc' }]],
    ['a link that climbs', [{ name: 'a/b', type: 'symlink', linkname: '../../etc' }]],
    [
      'a link that leads out only through another link',
      [
        { name: 'deep/x', type: 'symlink', linkname: '..' },
        { name: 'deep/x/z', type: 'symlink', linkname: '../..' },
        { name: 'z/evil', type: 'file' },
      ],
    ],
    ['a device', [{ name: 'a', type: 'character-device', devmajor: 1, devminor: 3 }]],
    ['a hard link', [{ name: 'a', type: 'link', linkname: '/etc/passwd' }]],
  ])('is refused: %s', async (_what, entries) => {
    await using workshop = await smallWorkshop();
    const folder = join(workshop.folder, 'victim');
    const bundle = await hostile(entries);
    await expect(extractFiles(bundle, 'bad', folder)).rejects.toMatchObject({ code: 'E_BUNDLE_DAMAGED' });
    expect(await stat(folder).catch(() => 'absent')).toBe('absent');
  });

  it('may hold links inside its own folder', async () => {
    await using workshop = await smallWorkshop();
    const folder = join(workshop.folder, 'links');
    await extractFiles(await hostile([{ name: 'a/b', type: 'symlink', linkname: '../c' }]), 'bad', folder);
    expect(await readlink(join(folder, 'a/b'))).toBe('../c');
  });

  it('cannot put a file in the place of a link that it brought', async () => {
    await using workshop = await smallWorkshop();
    const folder = join(workshop.folder, 'through');
    const entries: Entry[] = [
      { name: 'a', type: 'symlink', linkname: 'b' },
      { name: 'a', type: 'file' },
    ];
    await expect(extractFiles(await hostile(entries), 'bad', folder)).rejects.toThrow('EEXIST');
  });
});
