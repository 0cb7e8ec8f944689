import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { ChunkHashes, chunkBytes } from '../../../installer/agent/chunks.ts';
import { fetchBlob } from '../../../installer/agent/fetch-blob.ts';
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

test('a stream that is given up ends only when its last chunk is written', async () => {
  const content = noise(5 * chunkBytes, 'given up');
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
  const append = growing.append.bind(growing);
  growing.append = async (chunk) => {
    stop.abort(new Error('the chain changed'));
    await delay(150);
    await append(chunk);
  };
  const fetching = fetchBlob(client, source.peer, growing, stop.signal, () => {});
  await expect(fetching).rejects.toThrow('the chain changed');
  expect(growing.verifiedBytes).toBe(chunkBytes);
});
