import { link, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { chunkBytes } from '../../../installer/agent/chunks.ts';
import { digestOf } from '../../../installer/base/digest.ts';
import { RunAuthority } from '../../../installer/seed/run-authority.ts';
import { noise } from '../../fixtures/made-bundle.ts';
import { plannedBlob } from '../../fixtures/planned-blobs.ts';
import { type NodeUnderTest, startNode } from './node-under-test.ts';
import { type SourceUnderTest, startSource } from './source-under-test.ts';

const contents = [
  noise(9 * chunkBytes + 5, 'relay a'),
  noise(6 * chunkBytes, 'relay b'),
  noise(10, 'relay c'),
];
const blobs = contents.map((content) => plannedBlob(content));
const totalBytes = contents.reduce((sum, { length }) => sum + length, 0);

let authority: RunAuthority;
const closing: (() => unknown)[] = [];
beforeAll(async () => {
  authority = await RunAuthority.create();
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function source(maxBytesPerSecond = 0): Promise<SourceUnderTest> {
  const started = await startSource(authority, contents, maxBytesPerSecond);
  closing.push(() => started.close());
  return started;
}

async function node(name: string): Promise<NodeUnderTest> {
  const started = await startNode(name, authority, blobs);
  closing.push(() => started.close());
  return started;
}

async function expectWhole(receiver: NodeUnderTest): Promise<void> {
  for (const content of contents) {
    const stored = await readFile(receiver.store.blobPath(digestOf(content)));
    expect(stored.equals(content)).toBe(true);
  }
}

test('a node passes on what it is still receiving: the second is done right after the first', async () => {
  const [start, n1, n2] = [await source(), await node('n1'), await node('n2')];
  const second = n2.receive([n1.peer]);
  await n1.receive([start.peer]);
  const result = await second;
  expect(result.receivedBytes).toBe(totalBytes);
  expect(start.sentBytes()).toBe(totalBytes);
  await expectWhole(n2);
});

test('a blob that containerd has taken over meanwhile is passed on from there', async () => {
  const [start, n1, n2] = [await source(), await node('n1'), await node('n2')];
  await n1.receive([start.peer]);
  for (const { digest, sizeBytes } of blobs) {
    await mkdir(dirname(n1.store.contentPath(digest)), { recursive: true });
    await link(n1.store.blobPath(digest), n1.store.contentPath(digest));
    await n1.store.handOver(digest, sizeBytes);
    expect(await n1.store.find(digest, sizeBytes, true)).toBeUndefined();
  }
  await n2.receive([n1.peer]);
  await expectWhole(n2);
  expect(start.sentBytes()).toBe(totalBytes);
});

describe('a change of the chain in full flow', () => {
  test('is nobody’s fault, and costs less than a chunk a stream', async () => {
    const [start, n1, n2] = [await source(12e6), await node('n1'), await node('n2')];
    const first = n1.receive([start.peer]);
    const second = n2.receive([n1.peer, start.peer]);
    const orders = [[start.peer], [n1.peer, start.peer]];
    for (let turn = 0; turn < 20; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      n2.session.setParents(orders[turn % 2] ?? []);
    }
    await first;
    const result = await second;
    await expectWhole(n2);
    expect(n2.events.filter(({ event }) => event === 'banned')).toEqual([]);
    expect(n2.events.filter(({ event }) => event === 'parent').length).toBeGreaterThan(0);
    expect(result.receivedBytes).toBe(totalBytes + result.resentBytes);
  });
});

test('a peer that goes away in the middle is left for the next, at the last verified byte', async () => {
  const [start, n1, n2] = [await source(12e6), await node('n1'), await node('n2')];
  const first = n1.receive([start.peer]).catch((error: unknown) => error);
  const second = n2.receive([n1.peer, start.peer]);
  await new Promise((resolve) => setTimeout(resolve, 400));
  n1.session.close();
  expect(await first).toBeInstanceOf(Error);
  const result = await second;
  await expectWhole(n2);
  expect(result.resentBytes).toBeLessThanOrEqual(4 * chunkBytes);
  expect(n2.events).toContainEqual(expect.objectContaining({ event: 'parent', from: 'n1', to: 'source' }));
});

test('the rate limit of a peer holds for all it sends together', async () => {
  const start = await source(8e6);
  const receivers = [await node('n1'), await node('n2')];
  const startedAt = performance.now();
  await Promise.all(receivers.map((receiver) => receiver.receive([start.peer])));
  const seconds = (performance.now() - startedAt) / 1000;
  // Never faster than allowed; how much slower a machine is, is no matter of this test.
  expect((2 * totalBytes) / seconds).toBeLessThan(8.5e6);
});

test('a node tries out what a peer gives, and keeps nothing of it', async () => {
  const start = await source(12e6);
  const n1 = await node('n1');
  expect(await n1.session.tryOut(start.peer)).toBeGreaterThan(0);
  expect(start.sentBytes()).toBe(2 << 20);
  expect(await n1.session.tryOut({ ...start.peer, port: 1 })).toBe(0);
});
