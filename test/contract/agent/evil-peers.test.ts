import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { chunkBytes } from '../../../installer/agent/chunks.ts';
import { digestOf } from '../../../installer/base/digest.ts';
import { RunAuthority } from '../../../installer/seed/run-authority.ts';
import { noise } from '../../fixtures/made-bundle.ts';
import { plannedBlob } from '../../fixtures/planned-blobs.ts';
import { evils, startEvilPeer } from './evil-peer.ts';
import { type NodeUnderTest, startNode } from './node-under-test.ts';
import { startSource } from './source-under-test.ts';

const contents = [
  noise(5 * chunkBytes + 77, 'evil a'),
  noise(3 * chunkBytes, 'evil b'),
  noise(900, 'evil c'),
];
const blobs = contents.map((content) => plannedBlob(content));
/** These prove bad will or a broken peer; the others may be bad luck, and only make another peer more attractive. */
const banned = new Set([
  'flips one byte in the middle',
  'announces more than there is',
  'announces less than there is',
  'sends another blob of the same length',
]);

let authority: RunAuthority;
const closing: (() => unknown)[] = [];
beforeAll(async () => {
  authority = await RunAuthority.create();
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function nodeWith(evil: string): Promise<{ node: NodeUnderTest; asked: () => number }> {
  const answer = evils[evil];
  if (answer === undefined) throw new Error(`no evil "${evil}"`);
  const peer = await startEvilPeer(authority, contents, answer);
  const source = await startSource(authority, contents);
  const node = await startNode('n1', authority, blobs);
  closing.push(
    () => peer.close(),
    () => source.close(),
    () => node.close(),
  );
  await node.receive([peer.peer, source.peer]);
  return { node, asked: peer.asked };
}

describe.each(Object.keys(evils))('a peer that %s', (evil) => {
  test('costs nothing but time: every blob arrives whole, from the source', async () => {
    const { node, asked } = await nodeWith(evil);
    expect(asked()).toBeGreaterThan(0);
    for (const content of contents) {
      const stored = await readFile(node.store.blobPath(digestOf(content)));
      expect(stored.equals(content)).toBe(true);
    }
    expect(await readdir(join(node.store.paths.seedDirectory, 'parts'))).toEqual([]);
    const bans = node.events.filter((event) => event.event === 'banned');
    expect(bans.length > 0).toBe(banned.has(evil));
    for (const ban of bans) expect(ban.parent).toBe('evil');
  });
});

test('when every peer lies, nothing is committed and the node says so', async () => {
  const [flips] = Object.values(evils);
  const peer = await startEvilPeer(authority, contents, flips ?? (() => {}));
  const node = await startNode('n1', authority, blobs);
  closing.push(
    () => peer.close(),
    () => node.close(),
  );
  await expect(node.receive([peer.peer])).rejects.toMatchObject({
    code: 'E_SEED',
    message: expect.stringContaining('was banned'),
  });
  for (const blob of blobs.filter(({ sizeBytes }) => sizeBytes > chunkBytes)) {
    expect(await node.store.find(blob.digest, blob.sizeBytes)).toBeUndefined();
  }
});
