import { mkdtempDisposable, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../../installer/base/digest.ts';
import { ArtifactCache } from '../../../../installer/bundle/build/artifact-cache.ts';
import type { MadeArtifact } from '../../../../installer/bundle/build/made-artifact.ts';
import { assembleArtifact } from '../../../../installer/oci/assemble.ts';
import { mediaTypes } from '../../../../installer/oci/media-types.ts';

async function made(cache: ArtifactCache, text: string): Promise<MadeArtifact> {
  const blob = await cache.store.put(text);
  const layer = { mediaType: mediaTypes.layerTar, digest: blob.digest, size: blob.sizeBytes };
  const assembled = await assembleArtifact(cache.store, { kind: 'files', layers: [layer], annotations: {} });
  return { kind: 'files', assembled, version: 'v1', tag: 'v1', source: 'test' };
}

async function temporaryCache() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'cache-'));
  return { cache: new ArtifactCache(folder.path), [Symbol.asyncDispose]: () => folder.remove() };
}

const key = digestOf('key');

describe('the cache of artifacts', () => {
  it('gives back what was kept under a key, and nothing under another', async () => {
    await using temporary = await temporaryCache();
    const { cache } = temporary;
    const kept = await cache.keep('tool', key, await made(cache, 'content'));
    expect(await cache.find('tool', key)).toEqual(kept);
    expect(kept.sizeBytes).toBe(kept.blobs.reduce((sum, blob) => sum + blob.sizeBytes, 0));
    expect(await cache.find('tool', digestOf('other'))).toBeUndefined();
    expect(await cache.find('other', key)).toBeUndefined();
  });

  it('does not know a result any more of which a blob is gone', async () => {
    await using temporary = await temporaryCache();
    const { cache } = temporary;
    const kept = await cache.keep('tool', key, await made(cache, 'content'));
    await rm(cache.store.pathOf(kept.blobs[2]?.digest ?? key));
    expect(await cache.find('tool', key)).toBeUndefined();
  });

  it('prunes old results and blobs that nobody names, and nothing young', async () => {
    await using temporary = await temporaryCache();
    const { cache } = temporary;
    for (let number = 0; number < 7; number += 1) {
      const one = await cache.keep('tool', digestOf(`key ${number}`), await made(cache, `content ${number}`));
      const longAgo = new Date(Date.now() - (10 - number) * 86_400_000);
      await utimes(join(cache.root, 'records', 'tool', `${one.key.slice(7)}.json`), longAgo, longAgo);
      for (const blob of one.blobs) await utimes(cache.store.pathOf(blob.digest), longAgo, longAgo);
    }
    const young = await cache.store.put('being written by another build');
    await cache.prune();
    const results = await Promise.all(
      Array.from({ length: 7 }, (_, number) => cache.find('tool', digestOf(`key ${number}`))),
    );
    expect(results.map((one) => one !== undefined)).toEqual([false, false, false, true, true, true, true]);
    expect(await cache.store.sizeOf(young.digest)).toBeGreaterThan(0);
    // Four results of manifest and layer, the empty configuration that they share, and the young blob.
    expect(await readdir(join(cache.root, 'blobs', 'sha256'))).toHaveLength(10);
  });
});
