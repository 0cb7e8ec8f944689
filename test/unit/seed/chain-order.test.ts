import { expect, test } from 'vitest';
import { type ChainNode, chainOrder } from '../../../installer/seed/chain-order.ts';

const node = (name: string, more: Partial<ChainNode> = {}): ChainNode => ({
  name,
  address: `10.0.1.${name.slice(1)}`,
  ...more,
});

test('nodes in one place keep the order of the inventory', () => {
  expect(chainOrder([node('n2'), node('n1'), node('n3', { linkMbits: 1000 })])).toEqual({
    names: ['n2', 'n1', 'n3'],
    reasons: ['in the order of the inventory, because all are in one place'],
  });
});

test('each rack is passed once, and so is each network where no rack is named', () => {
  const nodes = [
    node('n1', { rack: 'a' }),
    node('n2', { rack: 'b' }),
    node('n3', { rack: 'a' }),
    node('n4', { address: '10.0.7.4' }),
    node('n5', { address: 'fd00:1:2:3::5' }),
    node('n6', { rack: 'b' }),
    node('n7', { address: '10.0.7.7' }),
  ];
  const { names, reasons } = chainOrder(nodes);
  expect(names).toEqual(['n1', 'n3', 'n2', 'n6', 'n4', 'n7', 'n5']);
  expect(reasons).toEqual([
    'by place: rack a (2 nodes), rack b (2 nodes), network 10.0.7.0/24 (2 nodes), network fd00:1:2:3::/64 (1 node)',
  ]);
});

test('a slow link comes last from the beginning, the slowest after the others, and that is said', () => {
  const usual = ['n3', 'n5', 'n6'].map((name) => node(name, { linkMbits: 10_000 }));
  const nodes = [
    node('n1', { linkMbits: 100, rack: 'a' }),
    node('n2', { linkMbits: 1000, rack: 'b' }),
    ...usual,
    node('n4'),
  ];
  const { names, reasons } = chainOrder(nodes);
  expect(names).toEqual(['n3', 'n5', 'n6', 'n4', 'n2', 'n1']);
  expect(reasons.slice(1)).toEqual([
    'n2 last, with 1 Gbit/s where 10 Gbit/s is usual',
    'n1 last, with 100 Mbit/s where 10 Gbit/s is usual',
  ]);
});

test('half of the usual speed is no reason to be last', () => {
  const nodes = [
    node('n1', { linkMbits: 500 }),
    node('n2', { linkMbits: 1000 }),
    node('n3', { linkMbits: 1000 }),
  ];
  expect(chainOrder(nodes).names).toEqual(['n1', 'n2', 'n3']);
});
