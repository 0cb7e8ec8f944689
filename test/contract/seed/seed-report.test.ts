import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SeedReport } from '../../../installer/seed/seed-request.ts';
import { type MadeArtifact, madeBundle } from '../../fixtures/made-bundle.ts';
import { Seeding } from './seeding.ts';

const artifacts: readonly MadeArtifact[] = [
  { name: 'etcd', layers: [{ bytes: 7e6, salt: 'etcd' }] },
  { name: 'gitea', layers: [{ bytes: 9e6, salt: 'gitea' }] },
];
const bundle = madeBundle(artifacts);
let seeding: Seeding;

beforeEach(async () => {
  seeding = await Seeding.create(bundle, 3);
});
afterEach(() => seeding.remove());

test('the chain passes each rack once, and the report says in which order and why', async () => {
  const racks = ['a', 'b', 'a'];
  const nodes = seeding.names.map((name, index) => ({ ...seeding.node(name), rack: racks[index] ?? '' }));
  const { order, timeline, links } = await seeding.run({ nodes, maxBytesPerSecond: 8e6 });
  expect(order).toEqual({
    chains: [['n1', 'n3', 'n2']],
    reasons: ['by place: rack a (2 nodes), rack b (1 node)'],
  });
  const parentOf = (name: string): string | undefined =>
    timeline.find(({ node, parent }) => node === name && parent !== '')?.parent;
  expect([parentOf('n3'), parentOf('n2')]).toEqual(['n1', 'n3']);
  expect(links).toEqual({ nodeMbits: {}, maxBytesPerSecond: 8e6 });
});

test('a seeding that is interrupted leaves a report that says so, and who lacks what', async () => {
  const stop = new AbortController();
  const reports: SeedReport[] = [];
  const running = seeding.run({
    maxBytesPerSecond: 4e6,
    signal: stop.signal,
    onReport: async (report) => void reports.push(report),
    onEvent: (node, event) => {
      if (node === 'n1' && event.event === 'progress' && event.verifiedBytes > 0.3 * seeding.totalBytes)
        stop.abort();
    },
  });
  await expect(running).rejects.toThrow();
  expect(reports).toMatchObject([{ interrupted: true, nodes: [] }]);
  expect(reports[0]?.failed.map(({ node }) => node).toSorted()).toEqual(['n1', 'n2', 'n3']);
  expect(reports[0]?.timeline.length).toBeGreaterThan(0);
});
