import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../installer/base/digest.ts';
import {
  formatImagesLock,
  type ImagesLock,
  type LockedArtifact,
  lockDifferences,
  readImagesLock,
  writeImagesLock,
} from '../../../installer/bundle/images-lock.ts';
import { mergeLock } from '../../../installer/bundle/merge-lock.ts';

const artifact = (name: string, more: Partial<LockedArtifact> = {}): LockedArtifact => ({
  name,
  kind: 'image',
  digest: digestOf(name),
  sizeBytes: 123,
  version: '1.10',
  tag: '1.10',
  licence: 'Apache-2.0',
  sets: ['core'],
  source: 'test',
  ...more,
});
const lock = (...artifacts: LockedArtifact[]): ImagesLock => ({
  sequence: 3,
  builtWith: { go: 'go1.26.8' },
  artifacts,
});

describe('images.lock', () => {
  it('reads back as it was written, versions that look like numbers and package versions included', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'lock-'));
    const file = join(folder.path, 'images.lock');
    const written = lock(
      artifact('a'),
      artifact('b', { kind: 'debs', packages: { jq: '1.6-2.1', tzdata: '2024' } }),
    );
    await writeImagesLock(written, file);
    expect(await readImagesLock(file)).toEqual(written);
    expect(await readFile(file, 'utf8')).toMatch(/^# Every artifact/);
  });

  it('is undefined when there is none, and refused when it cannot be understood', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'lock-'));
    const file = join(folder.path, 'images.lock');
    expect(await readImagesLock(file)).toBeUndefined();
    await writeFile(file, 'format: 1\nbuiltWith: {}\nartifacts: [{name: x}]\n');
    await expect(readImagesLock(file)).rejects.toMatchObject({
      code: 'E_LOCK_STALE',
      findings: expect.arrayContaining([
        expect.stringContaining('images.lock:3: artifacts[0].digest: is missing'),
      ]),
    });
  });

  it('tells every difference in a sentence', () => {
    const found = [artifact('a', { version: '1.11' }), artifact('new')];
    expect(lockDifferences(lock(artifact('a'), artifact('gone')), found, true)).toEqual([
      'a: version is 1.11, images.lock says 1.10',
      'new: is not in images.lock',
      'gone: is in images.lock, but there is no such artifact',
    ]);
    expect(lockDifferences(lock(artifact('a'), artifact('gone')), [artifact('a')], false)).toEqual([]);
    expect(lockDifferences(lock(artifact('a')), [artifact('a', { sets: ['git'] })], true)).toEqual([
      'a: sets are git, images.lock says core',
    ]);
  });

  it('does not miss an optional artifact, and keeps it when all others are locked anew', () => {
    const extra = { ...artifact('extra'), optional: true as const };
    expect(lockDifferences(lock(artifact('a'), extra), [artifact('a')], true)).toEqual([]);
    const merged = mergeLock(lock(artifact('a'), artifact('gone'), extra), lock(artifact('a')), true);
    expect(merged.artifacts.map(({ name }) => name)).toEqual(['extra', 'a']);
    expect(formatImagesLock(merged)).toMatch(/name: extra[^]*optional: true/);
  });

  it('takes in part of the artifacts and leaves the others', () => {
    const merged = mergeLock(
      lock(artifact('a'), artifact('b')),
      lock(artifact('b', { version: '2' })),
      false,
    );
    expect(merged.artifacts.map(({ name, version }) => `${name} ${version}`)).toEqual(['a 1.10', 'b 2']);
  });
});
