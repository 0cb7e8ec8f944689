import { expect, test } from 'vitest';
import { agentEventSchema, openInputSchema, replySchema } from '../../../installer/agent/protocol.ts';
import { noise } from '../../fixtures/made-bundle.ts';
import { plannedBlob } from '../../fixtures/planned-blobs.ts';

const input = {
  name: 'n1',
  listen: { address: '10.0.0.1', port: 0 },
  identity: { certificate: 'c', key: 'k', authority: 'a' },
  blobs: [plannedBlob(noise(10, 'x'))],
  tags: { 'platform/etcd:v1': plannedBlob(noise(10, 'x')).digest },
  maxBytesPerSecond: 0,
  unpackFactor: 3,
};

test('a plan is taken as it is', () => {
  expect(openInputSchema.parse(JSON.parse(JSON.stringify(input)))).toEqual(input);
});

test('what is not in the protocol is refused: unknown keys, wrong digests, negative sizes', () => {
  expect(openInputSchema.safeParse({ ...input, extra: 1 }).success).toBe(false);
  const [blob] = input.blobs;
  for (const wrong of [{ digest: 'sha256:../../etc' }, { sizeBytes: -1 }, { chunkHashes: '%' }]) {
    expect(openInputSchema.safeParse({ ...input, blobs: [{ ...blob, ...wrong }] }).success).toBe(false);
  }
});

test('a reply is no event and an event is no reply', () => {
  const reply = { id: 1, result: null };
  const event = { event: 'note', text: 'hello' };
  expect(replySchema.safeParse(reply).success).toBe(true);
  expect(agentEventSchema.safeParse(reply).success).toBe(false);
  expect(agentEventSchema.safeParse(event).success).toBe(true);
  expect(replySchema.safeParse(event).success).toBe(false);
});
