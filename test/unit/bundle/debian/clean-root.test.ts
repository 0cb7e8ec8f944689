import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { cleanDebianRoot, isLeftOut } from '../../../../installer/bundle/debian/clean-root.ts';
import { pinsOf } from '../../../../installer/bundle/debian/mmdebstrap.ts';
import { putTarEntry, tarStream } from '../../../../installer/oci/layer.ts';
import { mediaTypes } from '../../../../installer/oci/media-types.ts';
import { readLayer } from '../../../../installer/oci/read-layer.ts';

describe('cleaning a Debian root', () => {
  it.each([
    ['etc/apt/sources.list', true],
    ['etc/hostname', true],
    ['etc/resolv.conf', true],
    ['dev/null', true],
    ['var/cache/ldconfig/aux-cache', true],
    ['usr/share/man/man1/git.1.gz', true],
    ['usr/share/doc/git/README', true],
    ['usr/share/doc/git/copyright', false],
    ['usr/share/doc/git', false],
    ['etc/hosts', false],
    ['usr/share/common-licenses/GPL-2', false],
    ['var/lib/dpkg/status', false],
    ['dev', false],
  ])('%s is left out: %s', (path, leftOut) => {
    expect(isLeftOut(path)).toBe(leftOut);
  });

  it('keeps what it is about, without times and names, and reads the package list on the way', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'root-'));
    const tar = pack();
    const writing = (async () => {
      const mtime = new Date(1_700_000_000_000);
      await putTarEntry(tar, { name: './', type: 'directory', mtime });
      await putTarEntry(tar, { name: './dev/null', type: 'character-device', mtime });
      await putTarEntry(tar, { name: './bin', type: 'symlink', linkname: 'usr/bin', mtime });
      await putTarEntry(tar, { name: './usr/bin/tool', size: 4, mode: 0o4755, uname: 'root', mtime }, [
        Buffer.from('tool'),
      ]);
      await putTarEntry(tar, { name: './usr/bin/same', type: 'link', linkname: './usr/bin/tool', mtime });
      await putTarEntry(tar, { name: './var/lib/dpkg/status', size: 6, mtime }, [Buffer.from('status')]);
      tar.finalize();
    })();
    await writeFile(join(folder.path, 'root.tar'), await buffer(tarStream(tar)));
    await writing;
    const cleaned = cleanDebianRoot(join(folder.path, 'root.tar'));
    const entries: unknown[] = [];
    for await (const { header } of readLayer(cleaned.tar, mediaTypes.layerTar)) {
      entries.push([
        header.name,
        header.type,
        header.mode.toString(8),
        header.linkname,
        header.uname,
        header.mtime.getTime(),
      ]);
    }
    expect(entries).toEqual([
      ['bin', 'symlink', '644', 'usr/bin', '', 0],
      ['usr/bin/tool', 'file', '4755', null, '', 0],
      ['usr/bin/same', 'link', '644', 'usr/bin/tool', '', 0],
      ['var/lib/dpkg/status', 'file', '644', null, '', 0],
    ]);
    expect(cleaned.status()).toBe('status');
  });
});

it('pins every locked version for apt', () => {
  expect(pinsOf({ jq: '1.6-2.1', git: '1:2.39' })).toBe(
    'Package: jq\nPin: version 1.6-2.1\nPin-Priority: 1001\n\nPackage: git\nPin: version 1:2.39\nPin-Priority: 1001\n',
  );
});
