import { readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
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

type Entry = Parameters<typeof putTarEntry>[1];

/** A bundle with one layer that no builder of ours would write. */
async function hostile(entries: readonly Entry[]): Promise<OpenBundle> {
  const tar = pack();
  const writing = (async () => {
    for (const entry of entries) await putTarEntry(tar, { mtime: new Date(0), ...entry });
    tar.finalize();
  })();
  const content = await buffer(tarStream(tar));
  await writing;
  const digest = digestOf(content);
  const layer = { mediaType: mediaTypes.layerTar, digest, size: content.length };
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
