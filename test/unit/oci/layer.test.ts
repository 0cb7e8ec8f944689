import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { type LayerEntry, layerTar } from '../../../installer/oci/layer.ts';
import { mediaTypes } from '../../../installer/oci/media-types.ts';
import { readLayer, safePath } from '../../../installer/oci/read-layer.ts';

const program: LayerEntry = {
  type: 'file',
  path: '/usr/local/bin/tool',
  mode: 0o755,
  content: Buffer.from('program'),
};
const entries: LayerEntry[] = [
  { type: 'directory', path: '/tmp', mode: 0o1777 },
  { type: 'link', path: '/usr/local/bin/other', target: 'tool' },
  program,
  { type: 'file', path: '/etc/empty', content: Buffer.alloc(0), uid: 7, gid: 8 },
];

async function list(tar: Readable): Promise<string[]> {
  const lines: string[] = [];
  for await (const { header } of readLayer(tar, mediaTypes.layerTar)) {
    const owner = `${header.uid}:${header.gid}`;
    lines.push(`${header.name} ${header.type} ${header.mode.toString(8)} ${owner} ${header.mtime.getTime()}`);
  }
  return lines;
}

describe('layerTar', () => {
  it('names every parent once, sorted, with nothing of the machine or the clock', async () => {
    expect(await list(layerTar(entries))).toEqual([
      'etc/ directory 755 0:0 0',
      'etc/empty file 644 7:8 0',
      'tmp/ directory 1777 0:0 0',
      'usr/ directory 755 0:0 0',
      'usr/local/ directory 755 0:0 0',
      'usr/local/bin/ directory 755 0:0 0',
      'usr/local/bin/other symlink 777 0:0 0',
      'usr/local/bin/tool file 755 0:0 0',
    ]);
  });

  it('gives the same bytes in whatever order the entries come', async () => {
    const one = await buffer(layerTar(entries));
    const other = await buffer(layerTar(entries.toReversed()));
    expect(one.equals(other)).toBe(true);
  });

  it('does not name folders again that a layer below brings', async () => {
    const names = await list(layerTar([program], new Set(['/usr', '/usr/local'])));
    expect(names.map((line) => line.split(' ')[0])).toEqual(['usr/local/bin/', 'usr/local/bin/tool']);
  });

  it('keeps paths longer than a tar header has room for', async () => {
    const path = `/${'deep/'.repeat(60)}file`;
    const names = await list(layerTar([{ ...program, path }]));
    expect(names.at(-1)).toContain(path.slice(1));
  });

  it('takes the same path twice, or one that climbs, for a defect', () => {
    expect(() => layerTar([program, program])).toThrow('twice');
    expect(() => layerTar([{ ...program, path: '/a/../b' }])).toThrow('/a/../b');
  });

  it('fails when a file turns out shorter than it was told', async () => {
    const lying: LayerEntry = { type: 'file', path: '/a', content: { file: '/dev/null', sizeBytes: 10 } };
    await expect(buffer(layerTar([lying]))).rejects.toThrow();
  });
});

describe('readLayer', () => {
  it('gives the content of each entry, and passes over what is not read', async () => {
    const contents: string[] = [];
    for await (const { header, content } of readLayer(layerTar(entries), mediaTypes.layerTar)) {
      if (header.type === 'file' && header.size > 0) contents.push(String(await buffer(content)));
    }
    expect(contents).toEqual(['program']);
  });

  it('fails on a layer that was cut off', async () => {
    const whole = await buffer(layerTar(entries));
    const cut = Readable.from([whole.subarray(0, 700)]);
    await expect(list(cut)).rejects.toThrow();
  });
});

describe('safePath', () => {
  it('takes away what only looks different', () => {
    expect(safePath('./usr//bin/./tool', 'x')).toBe('usr/bin/tool');
  });

  it.each(['../etc/passwd', 'a/../../b', '/etc/passwd', 'a\0b'])('refuses %j', (name) => {
    expect(() => safePath(name, 'artifact x')).toThrow('artifact x holds the path');
  });
});
