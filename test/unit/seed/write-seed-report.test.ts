import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bestPace, nodeStories } from '../../../installer/seed/report/node-story.ts';
import type { SeedReport, TimelineSample } from '../../../installer/seed/seed-request.ts';
import { writeSeedReport } from '../../../installer/seed/write-seed-report.ts';

const total = 100e6;
const sample = (node: string, atMs: number, parent: string, pace: number): TimelineSample => {
  const verifiedBytes = Math.min(total, atMs * pace);
  return {
    atMs,
    node,
    verifiedBytes,
    sentBytes: verifiedBytes,
    groupsDone: verifiedBytes > 30e6 ? 1 : 0,
    parent,
  };
};
const timeline = Array.from({ length: 21 }, (_unused, index) => index * 500).flatMap((atMs) => [
  sample('n1', atMs, 'source', 25_000),
  sample('n2', atMs, atMs < 2000 ? 'n1' : 'source', 12_500),
  sample('<n3>', atMs, 'n2', 12_500),
]);
const result = {
  receivedBytes: total,
  receivedBlobs: 9,
  sentBytes: total,
  resentBytes: 0,
  ms: 8000,
  peakRssBytes: 90e6,
  cpuSeconds: 1,
};
const report: SeedReport = {
  ms: 8500,
  sourceSentBytes: 180e6,
  nodes: ['n1', 'n2'].map((name) => ({ name, result })),
  order: { chains: [['n1', 'n2', '<n3>']], reasons: ['by place: rack a (3 nodes)'] },
  links: { nodeMbits: {}, maxBytesPerSecond: 0 },
  failed: [{ node: '<n3>', why: 'it was lost' }],
  interrupted: false,
  timeline,
  decisions: ['n2 goes to the end of the chain'],
};

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'seed-report-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('the story of a node tells who fed it how much, and when the boot set was there', () => {
  const [first, second] = nodeStories(timeline);
  expect(first).toMatchObject({ name: 'n1', parents: [{ name: 'source', bytes: total }], bootMs: 1500 });
  expect(second?.parents).toEqual([
    { name: 'n1', bytes: 18.75e6 },
    { name: 'source', bytes: 81.25e6 },
  ]);
  expect(bestPace(nodeStories(timeline))).toBe(25_000);
});

test('the page needs nothing from outside, escapes names, and has every node in it', async () => {
  const { html, json } = await writeSeedReport(directory, report);
  const page = await readFile(html, 'utf8');
  expect(page).not.toMatch(/(?:src|href)=|url\(|@import|<script/);
  expect(page).toContain('&lt;n3&gt;');
  expect(page).not.toContain('<n3>');
  expect(page.match(/<polyline/g)?.length).toBe(4);
  expect(page).toContain('100 MB to 3 nodes in 9 s; 1 node failed');
  expect(page).toContain('Order at the beginning: n1, n2, &lt;n3&gt;: by place: rack a (3 nodes).');
  expect(page).toContain('&lt;n3&gt;: it was lost');
  expect(page).toContain('the best pace seen here, 25.0 MB a second: 4 s');
  expect(page).toContain('n2 goes to the end of the chain');
  expect(page).not.toContain('NaN');
  expect(JSON.parse(await readFile(json, 'utf8'))).toEqual(report);
});

test('a seeding in which nothing moved has a page too', async () => {
  const { html } = await writeSeedReport(directory, {
    ms: 400,
    sourceSentBytes: 0,
    nodes: [],
    order: { chains: [], reasons: [] },
    links: { nodeMbits: {}, maxBytesPerSecond: 0 },
    failed: [],
    interrupted: true,
    timeline: [],
    decisions: [],
  });
  const page = await readFile(html, 'utf8');
  expect(page).not.toMatch(/NaN|Infinity/);
  expect(page).toContain(', interrupted');
});
