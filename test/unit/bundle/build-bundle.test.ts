import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hexOf } from '../../../installer/base/digest.ts';
import type { BuiltBundle } from '../../../installer/bundle/build-bundle.ts';
import { formatImagesLock } from '../../../installer/bundle/images-lock.ts';
import { writeBundle } from '../../../installer/bundle/write-bundle.ts';
import { BlobStore } from '../../../installer/oci/blob-store.ts';
import { recorded } from '../../fixtures/recorded-events.ts';
import { smallWorkshop } from '../../fixtures/small-bundle.ts';

describe('building a bundle', () => {
  it('makes every artifact once, and then nothing', async () => {
    await using workshop = await smallWorkshop();
    const first = recorded();
    const built = await workshop.build({ events: first.events });
    expect(first.scopesOf('start')).toEqual(
      expect.arrayContaining(['bundle/tool', 'bundle/data', 'bundle/web', 'bundle/write']),
    );
    expect(built.artifacts.map((artifact) => [artifact.name, artifact.kind, artifact.tag])).toEqual([
      ['data', 'files', 'v1.2.3'],
      ['tool', 'files', 'v1.2.3'],
      ['web', 'image', 'v1.2.3'],
    ]);
    const second = recorded();
    const again = await workshop.build({ events: second.events });
    expect(second.scopesOf('start')).toEqual([]);
    expect(again).toMatchObject({ written: false, digest: built.digest });
  });

  it('gives the same file, byte for byte, from an empty cache in another folder', async () => {
    await using one = await smallWorkshop();
    await using other = await smallWorkshop();
    const [left, right] = [await one.build(), await other.build()];
    expect(left.digest).toBe(right.digest);
    const unsigned = async ({ file, publicKey }: BuiltBundle): Promise<string> => {
      const text = await readFile(file, 'latin1');
      const [signature = '?'] = /[A-Za-z0-9+/=]{92,96}(?=\n)/.exec(text) ?? [];
      return text.replace(signature, '').replace(publicKey, '');
    };
    expect((await stat(left.file)).size).toBe((await stat(right.file)).size);
    expect((await unsigned(left)) === (await unsigned(right))).toBe(true);
  });

  it('makes again only what changed', async () => {
    await using workshop = await smallWorkshop();
    const before = await workshop.build();
    await workshop.write('data/content', 'other data');
    const { events, scopesOf } = recorded();
    const after = await workshop.build({ events });
    expect(scopesOf('start')).toEqual(['bundle/data', 'bundle/write']);
    expect(after.digest).not.toBe(before.digest);
    const unchanged = after.artifacts.filter((artifact) =>
      before.artifacts.some((old) => old.digest === artifact.digest),
    );
    expect(unchanged.map((artifact) => artifact.name)).toEqual(['tool', 'web']);
  });

  it('takes only the artifacts of the sets that are asked for', async () => {
    await using workshop = await smallWorkshop();
    const built = await workshop.build({ sets: ['core'] });
    expect(built.artifacts.map((artifact) => artifact.name)).toEqual(['tool']);
    await expect(workshop.build({ sets: ['cores'] })).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringContaining('did you mean "core"?'),
    });
  });

  it('keeps what was made when one artifact fails, and names the failure', async () => {
    await using workshop = await smallWorkshop();
    await rm(join(workshop.options.recipesDirectory, 'tool', 'content'));
    await expect(workshop.build({ workers: 1 })).rejects.toMatchObject({
      code: 'E_BUILD_FAILED',
      message: expect.stringContaining('Artifact tool: there is no content'),
    });
    await workshop.write('tool/content', 'back');
    const { events, scopesOf } = recorded();
    await workshop.build({ events });
    expect(scopesOf('start')).toEqual(['bundle/tool', 'bundle/write']);
  });

  it('makes again what rotted in the cache', async () => {
    await using workshop = await smallWorkshop();
    const before = await workshop.build();
    const blob = await largestBlob(workshop.options.cacheRoot);
    const content = await readFile(blob);
    content[content.length >> 1] = (content[content.length >> 1] ?? 0) ^ 1;
    await writeFile(blob, content);
    await rm(before.file);
    const after = await workshop.build();
    expect(after.digest).toBe(before.digest);
    await (await workshop.open(after.file)).close();
  });

  it('writes the file anew when it was damaged', async () => {
    await using workshop = await smallWorkshop();
    const { file, digest } = await workshop.build();
    const content = await readFile(file);
    content[200_000] = (content[200_000] ?? 0) ^ 1;
    await writeFile(file, content);
    expect(await workshop.build()).toMatchObject({ written: true, digest });
    await (await workshop.open(file)).close();
  });

  it('stops when it is told to, and leaves no half file', async () => {
    await using workshop = await smallWorkshop();
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(workshop.build({ signal: stopped })).rejects.toThrow('stopped');
    expect((await readdir(workshop.folder)).filter((name) => name.includes('bundle'))).toEqual([]);
  });

  it('says so before the first byte when the disk has no room', async () => {
    await using workshop = await smallWorkshop();
    const huge = { digest: `sha256:${'0'.repeat(64)}`, sizeBytes: 1e18 } as const;
    const out = join(workshop.folder, 'huge.tar');
    const writing = writeBundle(
      out,
      { index: '{}', signature: {}, blobs: [huge] },
      new BlobStore(workshop.folder),
      recorded().events,
    );
    await expect(writing).rejects.toMatchObject({
      code: 'E_DISK_FULL',
      message: expect.stringContaining('1000000'),
    });
    expect(await stat(out).catch(() => 'absent')).toBe('absent');
  });

  it('gives a lock whose text does not depend on the order of the recipes', async () => {
    await using workshop = await smallWorkshop();
    const { lock } = await workshop.build();
    const reversed = { ...lock, artifacts: lock.artifacts.toReversed() };
    expect(formatImagesLock(reversed)).toBe(formatImagesLock(lock));
  });
});

async function largestBlob(cacheRoot: string): Promise<string> {
  const folder = join(cacheRoot, 'blobs', 'sha256');
  const sizes = await Promise.all(
    (await readdir(folder)).map(async (name) => ({ name, size: (await stat(join(folder, name))).size })),
  );
  const largest = sizes.toSorted((a, b) => b.size - a.size)[0];
  expect(hexOf(`sha256:${largest?.name}`)).toHaveLength(64);
  return join(folder, largest?.name ?? '');
}
