import { expect, test } from 'vitest';
import type { Parent } from '../../../installer/agent/protocol.ts';
import { parentsOf } from '../../../installer/seed/chain.ts';

const peer = (name: string): Parent => ({ name, address: '10.0.0.1', port: 1 });
const peers = ['n1', 'n2', 'n3', 'n4', 'n5'].map(peer);
const names = (position: number): string[] =>
  parentsOf(peers.slice(0, position), peer('source')).map(({ name }) => name);

test('a node receives from its neighbour, can fall back on two more, and at last on the source', () => {
  expect(names(0)).toEqual(['source']);
  expect(names(1)).toEqual(['n1', 'source']);
  expect(names(4)).toEqual(['n4', 'n3', 'n2', 'source']);
});
