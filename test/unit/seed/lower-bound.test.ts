import { expect, test } from 'vitest';
import { lowerBound } from '../../../installer/seed/report/lower-bound.ts';
import { nodeStories } from '../../../installer/seed/report/node-story.ts';
import type { KnownLinks, SeedReport, TimelineSample } from '../../../installer/seed/seed-request.ts';

const total = 120e6;
/** A network that gives 1 MB a second, whatever its links are said to be. */
const timeline = ['n1', 'n2'].flatMap((node) =>
  [0, 4000, 120_000].map(
    (atMs): TimelineSample => ({
      atMs,
      node,
      verifiedBytes: atMs * 1000,
      sentBytes: 0,
      groupsDone: 0,
      parent: 'source',
    }),
  ),
);

function bound(links: Partial<KnownLinks>) {
  const report: SeedReport = {
    ms: 120_000,
    sourceSentBytes: total,
    nodes: [],
    order: { chains: [['n1', 'n2']], reasons: [] },
    links: { nodeMbits: {}, maxBytesPerSecond: 0, ...links },
    failed: [],
    interrupted: false,
    timeline,
    decisions: [],
  };
  return lowerBound(report, nodeStories(timeline));
}

test('is drawn from the links where all are known, so that a slow network cannot hide', () => {
  const { ms, bytes, words } = bound({ sourceMbits: 1000, nodeMbits: { n1: 10_000, n2: 10_000 } });
  expect(bytes).toBe(total);
  expect(ms).toBeCloseTo(1005, -1);
  expect(words).toBe('what the link of this machine carries, 119 MB a second of 1000 Mbit/s');
});

test('is that of the node with the slowest link', () => {
  const { ms, words } = bound({ sourceMbits: 1000, nodeMbits: { n1: 1000, n2: 100 } });
  expect(ms).toBeGreaterThan(10_000);
  expect(words).toMatch(/^what the link of n2 carries, 11\.9 MB a second of 100 Mbit/);
});

test('knows what the site allows', () => {
  const { ms, words } = bound({
    sourceMbits: 1000,
    nodeMbits: { n1: 1000, n2: 1000 },
    maxBytesPerSecond: 10e6,
  });
  expect(ms).toBe(12_000);
  expect(words).toMatch(/as the site allows$/);
});

test('says so where only the best pace seen is known', () => {
  expect(bound({})).toMatchObject({ ms: 120_000, words: 'the best pace seen here, 1.0 MB a second' });
});
