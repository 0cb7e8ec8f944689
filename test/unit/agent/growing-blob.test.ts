import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ChunkHashes, chunkBytes } from '../../../installer/agent/chunks.ts';
import { BadChunkError } from '../../../installer/agent/growing-blob.ts';
import { SeedStore } from '../../../installer/agent/seed-store.ts';
import { digestOf } from '../../../installer/base/digest.ts';
import { noise } from '../../fixtures/made-bundle.ts';
import { chunkHashesOfBytes } from '../../fixtures/planned-blobs.ts';

const content = noise(2 * chunkBytes + 1000, 'growing');
const digest = digestOf(content);
const chunks = new ChunkHashes(content.length, chunkHashesOfBytes(content));
const piece = (index: number): Buffer => content.subarray(index * chunkBytes, (index + 1) * chunkBytes);
const never = new AbortController().signal;

let root = '';
let store: SeedStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'growing-'));
  store = new SeedStore({ seedDirectory: join(root, 'seed'), containerdRoot: join(root, 'containerd') });
});
afterEach(() => rm(root, { recursive: true }));

describe('GrowingBlob', () => {
  test('grows chunk by chunk and gets its name only when it is whole', async () => {
    const growing = store.grow(digest, chunks);
    await growing.open();
    await growing.append(piece(0));
    await growing.append(piece(1));
    expect(await store.find(digest, content.length)).toBeUndefined();
    await growing.append(piece(2));
    await growing.finish();
    const path = await store.find(digest, content.length);
    expect(digestOf(await readFile(path ?? ''))).toBe(digest);
    expect((await stat(path ?? '')).mode & 0o777).toBe(0o444);
    expect(await readdir(join(root, 'seed', 'parts'))).toEqual([]);
  });

  test('tells who waits when it has its name, or why it never will', async () => {
    const [growing, failing] = [store.grow(digest, chunks), store.grow(digest, chunks)];
    const told = growing.waitComplete(never);
    await growing.open();
    for (const index of [0, 1, 2]) await growing.append(piece(index));
    expect(growing.complete).toBe(false);
    await growing.finish();
    await told;
    const failed = failing.waitComplete(never);
    await failing.fail(new Error('no room'));
    await expect(failed).rejects.toThrow('no room');
    await expect(store.grow(digest, chunks).waitComplete(AbortSignal.abort())).rejects.toThrow();
  });

  test('refuses a chunk with one flipped bit and keeps nothing of it', async () => {
    const growing = store.grow(digest, chunks);
    await growing.open();
    await growing.append(piece(0));
    const flipped = Buffer.from(piece(1));
    flipped[chunkBytes - 1] = (flipped[chunkBytes - 1] ?? 0) ^ 1;
    await expect(growing.append(flipped)).rejects.toThrow(BadChunkError);
    expect(growing.verifiedBytes).toBe(chunkBytes);
    expect((await stat(growing.partPath)).size).toBe(chunkBytes);
  });

  test('refuses a chunk of the wrong length', async () => {
    const growing = store.grow(digest, chunks);
    await growing.open();
    await expect(growing.append(piece(0).subarray(1))).rejects.toThrow(BadChunkError);
  });

  test('goes on behind the last chunk that still verifies', async () => {
    const first = store.grow(digest, chunks);
    await first.open();
    const damaged = Buffer.from(content.subarray(0, 2 * chunkBytes + 500));
    damaged[chunkBytes + 7] = (damaged[chunkBytes + 7] ?? 0) ^ 1;
    await writeFile(first.partPath, damaged);
    const second = store.grow(digest, chunks);
    await second.open();
    expect(second.verifiedBytes).toBe(chunkBytes);
    expect((await stat(second.partPath)).size).toBe(chunkBytes);
    await second.append(piece(1));
    await second.append(piece(2));
    await second.finish();
    expect(await store.find(digest, content.length)).toBeDefined();
  });

  test('an empty blob is whole at once', async () => {
    const empty = store.grow(digestOf(''), new ChunkHashes(0, Buffer.alloc(0)));
    await empty.open();
    await empty.finish();
    expect(await store.find(digestOf(''), 0)).toBeDefined();
  });

  test('wakes those who wait for more, and tells them when no more will come', async () => {
    const growing = store.grow(digest, chunks);
    await growing.open();
    const first = growing.waitBeyond(0, never);
    await growing.append(piece(0));
    await first;
    const second = growing.waitBeyond(chunkBytes, never);
    const refused = expect(second).rejects.toThrow('disk is gone');
    await growing.fail(new Error('disk is gone'));
    await refused;
  });

  test('stops waiting when the reader goes away', async () => {
    const growing = store.grow(digest, chunks);
    const stop = new AbortController();
    const refused = expect(growing.waitBeyond(0, stop.signal)).rejects.toThrow('reader left');
    stop.abort(new Error('reader left'));
    await refused;
  });
});

test('chunk hashes that do not fit the size are refused', () => {
  expect(() => new ChunkHashes(content.length, Buffer.alloc(32))).toThrow(/do not fit/);
});
