import { expect, test } from 'vitest';
import { type ChainNode, chainOrder } from '../../../installer/seed/chain-order.ts';

const node = (name: string, more: Partial<ChainNode> = {}): ChainNode => ({
  name,
  address: `10.0.1.${name.slice(1)}`,
  ...more,
});

test('nodes in one place keep the order of the inventory', () => {
  expect(chainOrder([node('n2'), node('n1'), node('n3', { linkMbits: 1000 })])).toEqual({
    chains: [['n2', 'n1', 'n3']],
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
  const {
    chains: [names],
    reasons,
  } = chainOrder(nodes);
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
  const {
    chains: [names],
    reasons,
  } = chainOrder(nodes);
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
  expect(chainOrder(nodes).chains).toEqual([['n1', 'n2', 'n3']]);
});

test('several chains share out whole racks, part one that is larger than its share, and take slow nodes at their ends', () => {
  const racks = { a: 5, b: 2, c: 1 };
  const nodes = Object.entries(racks).flatMap(([rack, size]) =>
    Array.from({ length: size }, (_unused, index) => node(`${rack}${index + 1}`, { rack, linkMbits: 1000 })),
  );
  const { chains, reasons } = chainOrder([node('s1', { rack: 'b', linkMbits: 100 }), ...nodes], 2);
  expect(chains).toEqual([
    ['a1', 'a2', 'a3', 'a4', 's1'],
    ['b1', 'b2', 'a5', 'c1'],
  ]);
  expect(reasons).toContain("2 chains, because this machine's link carries as many at the speed of a node's");
});

test('no node is lost or fed twice, however many chains there are', () => {
  const nodes = Array.from({ length: 17 }, (_unused, index) =>
    node(`n${index + 1}`, { rack: `r${index % 5}` }),
  );
  for (const count of [1, 2, 3, 5, 8]) {
    const { chains } = chainOrder(nodes, count);
    expect(chains).toHaveLength(count);
    expect(chains.flat().toSorted()).toEqual(nodes.map(({ name }) => name).toSorted());
    const lengths = chains.map(({ length }) => length);
    expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(Math.ceil(17 / count));
  }
});
