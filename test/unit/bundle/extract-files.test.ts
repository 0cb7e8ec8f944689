import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { extractFiles } from '../../../installer/bundle/extract-files.ts';
import { mediaTypes } from '../../../installer/oci/media-types.ts';
import { type HostileEntry, hostileBundle } from '../../fixtures/hostile-bundle.ts';
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

it('stops at a layer that unpacks to far more than it is, and leaves nothing', async () => {
  await using workshop = await smallWorkshop();
  const folder = join(workshop.folder, 'victim');
  const entry: HostileEntry = { name: 'zeros', type: 'file', content: Buffer.alloc(80 << 20) };
  const bundle = await hostileBundle([entry], { pack: zstdCompressSync, mediaType: mediaTypes.layerZstd });
  await expect(extractFiles(bundle, 'bad', folder)).rejects.toMatchObject({
    code: 'E_BUNDLE_DAMAGED',
    message: expect.stringMatching(/^Artifact bad, layer sha256:[a-f0-9]{64} unpacks to more than 200 times/),
  });
  expect((await readdir(workshop.folder)).filter((name) => name.startsWith('victim'))).toEqual([]);
});

describe('a layer that would write elsewhere', () => {
  it.each<[string, HostileEntry[]]>([
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
    const bundle = await hostileBundle(entries);
    await expect(extractFiles(bundle, 'bad', folder)).rejects.toMatchObject({ code: 'E_BUNDLE_DAMAGED' });
    expect(await stat(folder).catch(() => 'absent')).toBe('absent');
  });

  it('may hold links inside its own folder', async () => {
    await using workshop = await smallWorkshop();
    const folder = join(workshop.folder, 'links');
    await extractFiles(
      await hostileBundle([{ name: 'a/b', type: 'symlink', linkname: '../c' }]),
      'bad',
      folder,
    );
    expect(await readlink(join(folder, 'a/b'))).toBe('../c');
  });

  it.each<[string, HostileEntry[], string]>([
    [
      'a file in the place of a link',
      [
        { name: 'a', type: 'symlink', linkname: 'b' },
        { name: 'a', type: 'file' },
      ],
      'Artifact bad holds a twice',
    ],
    [
      'a file twice',
      [
        { name: 'a/b', type: 'file' },
        { name: 'a/./b', type: 'file' },
      ],
      'Artifact bad holds a/b twice',
    ],
    [
      'a file where a folder is',
      [
        { name: 'a/b', type: 'file' },
        { name: 'a', type: 'file' },
      ],
      'Artifact bad holds a twice',
    ],
    [
      'a folder below a file',
      [
        { name: 'a', type: 'file' },
        { name: 'a/b', type: 'directory' },
      ],
      'Artifact bad holds a/b, which goes through the file a',
    ],
  ])('is refused in words, not by what the system says: %s', async (_what, entries, message) => {
    await using workshop = await smallWorkshop();
    const folder = join(workshop.folder, 'twice');
    await expect(extractFiles(await hostileBundle(entries), 'bad', folder)).rejects.toMatchObject({
      code: 'E_BUNDLE_DAMAGED',
      message,
    });
  });

  it('may name a folder more than once', async () => {
    await using workshop = await smallWorkshop();
    const entries: HostileEntry[] = [
      { name: 'a/', type: 'directory' },
      { name: 'a/b/', type: 'directory' },
      { name: 'a', type: 'directory' },
    ];
    await extractFiles(await hostileBundle(entries), 'bad', join(workshop.folder, 'folders'));
    expect(await readdir(join(workshop.folder, 'folders', 'a'))).toEqual(['b']);
  });
});
