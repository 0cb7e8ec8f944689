import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { ChunkHashes, chunkBytes } from '../../../installer/agent/chunks.ts';
import { fetchBlob } from '../../../installer/agent/fetch-blob.ts';
import type { GrowingBlob } from '../../../installer/agent/growing-blob.ts';
import { PeerClient } from '../../../installer/agent/peer-client.ts';
import { digestOf } from '../../../installer/base/digest.ts';
import { RunAuthority } from '../../../installer/seed/run-authority.ts';
import { noise } from '../../fixtures/made-bundle.ts';
import { chunkHashesOfBytes } from '../../fixtures/planned-blobs.ts';
import { startNode } from './node-under-test.ts';
import { startSource } from './source-under-test.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A blob of five chunks on its way from a source, whose chunks are written by `append` at first. */
async function underWay(
  salt: string,
  append: (write: () => Promise<void>, stop: AbortController) => Promise<void>,
): Promise<{ readonly growing: GrowingBlob; readonly fetching: Promise<void> }> {
  const content = noise(5 * chunkBytes, salt);
  const authority = await RunAuthority.create();
  const source = await startSource(authority, [content]);
  const node = await startNode('n1', authority, []);
  const client = new PeerClient(await authority.issue('n1', ['127.0.0.1']));
  closing.push(
    () => client.close(),
    () => source.close(),
    () => node.close(),
  );
  const hashes = new ChunkHashes(content.length, chunkHashesOfBytes(content));
  const growing = node.store.grow(digestOf(content), hashes);
  await growing.open();
  const stop = new AbortController();
  const write = growing.append.bind(growing);
  growing.append = (chunk) => append(() => write(chunk), stop);
  return { growing, fetching: fetchBlob(client, source.peer, growing, stop.signal, () => {}) };
}

test('a stream that is given up ends only when its last chunk is written', async () => {
  const { growing, fetching } = await underWay('given up', async (write, stop) => {
    stop.abort(new Error('the chain changed'));
    await delay(150);
    await write();
  });
  await expect(fetching).rejects.toThrow('the chain changed');
  expect(growing.verifiedBytes).toBe(chunkBytes);
});

test('a chunk that waits for its turn to be written when the stream is given up is not written any more', async () => {
  let begun = 0;
  const { growing, fetching } = await underWay('given up with one waiting', async (write, stop) => {
    begun += 1;
    // Long enough for the next one to come whole.
    await delay(150);
    stop.abort(new Error('the chain changed'));
    await write();
  });
  await expect(fetching).rejects.toThrow('the chain changed');
  expect(growing.verifiedBytes).toBe(chunkBytes);
  await delay(200);
  expect(begun).toBe(1);
  expect(growing.verifiedBytes).toBe(chunkBytes);
});
