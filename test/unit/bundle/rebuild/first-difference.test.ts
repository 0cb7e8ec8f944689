import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { firstDifference } from '../../../../installer/bundle/rebuild/first-difference.ts';
import { assembleArtifact, assembleImage } from '../../../../installer/oci/assemble.ts';
import { BlobStore } from '../../../../installer/oci/blob-store.ts';
import { type LayerEntry, layerTar } from '../../../../installer/oci/layer.ts';
import { writeGzipLayer, writeZstdLayer } from '../../../../installer/oci/write-layer.ts';

const file = (path: string, text: string, more: Partial<LayerEntry> = {}): LayerEntry =>
  ({ type: 'file', path, content: Buffer.from(text), ...more }) as LayerEntry;

interface Made {
  readonly layers: readonly (readonly LayerEntry[])[];
  readonly user?: string;
  readonly gzip?: boolean;
}

async function difference(before: Made, after: Made): Promise<string> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'difference-'));
  const make = async (name: string, { layers, user = '0:0', gzip = false }: Made) => {
    const store = new BlobStore(join(folder.path, name));
    const write = gzip ? writeGzipLayer : writeZstdLayer;
    const written = [];
    for (const entries of layers) written.push(await write(store, layerTar(entries)));
    const { manifest } = await assembleImage(store, written, { User: user }, {});
    return { store, manifest };
  };
  return await firstDifference(await make('before', before), await make('after', after));
}

const same = [file('/bin/a', 'the same')];

describe('the first difference between an artifact and the one made again', () => {
  it('is a file of a layer, with the byte and what stands there', async () => {
    const text = 'x'.repeat(5000);
    const found = await difference(
      { layers: [same, [file('/bin/b', 'b'), file('/bin/c', `${text}one`)]] },
      { layers: [same, [file('/bin/b', 'b'), file('/bin/c', `${text}two`)]] },
    );
    expect(found).toMatch(
      /^layer 2: \/bin\/c is different from byte 5000 on \(5\.0 kB in both\): "x+one", made again "x+two"/,
    );
  });

  it.each([
    ['a mode', [file('/bin/a', 'the same', { mode: 0o755 })], '/bin/a: mode was 420, made again 493'],
    ['an owner', [file('/bin/a', 'the same', { uid: 7 })], '/bin/a: uid was 0, made again 7'],
    ['a file more', [...same, file('/bin/z', '')], '/bin/z is only in what was made again'],
    ['another name', [file('/bin/b', 'the same')], '/bin/a stood where now /bin/b stands'],
    ['another length', [file('/bin/a', 'the same, longer')], '8 bytes, made again 16'],
  ])('is %s', async (_what, entries, words) => {
    expect(await difference({ layers: [same] }, { layers: [entries] })).toContain(words);
  });

  it('is a file that is gone', async () => {
    const more = [...same, file('/bin/z', '')];
    expect(await difference({ layers: [more] }, { layers: [same] })).toContain('/bin/z is missing in');
  });

  it('is the configuration, the number of layers, or the form alone', async () => {
    expect(await difference({ layers: [same] }, { layers: [same], user: '1:1' })).toMatch(
      /^the configuration is .*0:0/,
    );
    expect(await difference({ layers: [same] }, { layers: [same, same] })).toBe(
      'layer 2 of 1 became 2 layers',
    );
    expect(await difference({ layers: [same] }, { layers: [same], gzip: true })).toMatch(
      /^layer 1: .*different from byte 0/,
    );
  });

  it('is what annotations say when everything else is the same', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'difference-'));
    const store = new BlobStore(folder.path);
    const layer = await store.putStream(Readable.from([Buffer.from('deb')]));
    const layers = [{ mediaType: 'application/x', digest: layer.digest, size: layer.sizeBytes }];
    const make = async (version: string) => ({
      store,
      manifest: (await assembleArtifact(store, { kind: 'debs', layers, annotations: { version } })).manifest,
    });
    expect(await firstDifference(await make('1'), await make('2'))).toMatch(
      /"version":"1".*made again.*"version":"2"/,
    );
  });
});
