import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { killProcess } from '../../../installer/base/kill-process.ts';
import type { SeedReport } from '../../../installer/seed/seed-request.ts';
import { madeBundle } from '../../fixtures/made-bundle.ts';
import { agentPids } from './agent-pids.ts';
import { Seeding } from './seeding.ts';

const bundle = madeBundle([
  { name: 'etcd', layers: [{ bytes: 7e6, salt: 'etcd' }] },
  { name: 'gitea', layers: [{ bytes: 9e6, salt: 'gitea' }] },
]);
let seeding: Seeding;

beforeEach(async () => {
  seeding = await Seeding.create(bundle, 4);
});
afterEach(() => seeding.remove());

/** All that each node received from, in the order in which it was first asked. */
function parentsOf({ timeline }: SeedReport): Record<string, readonly string[]> {
  const byNode = Map.groupBy(timeline, ({ node }) => node);
  return Object.fromEntries(
    [...byNode].map(([node, samples]) => [
      node,
      [...new Set(samples.map(({ parent }) => parent).filter((parent) => parent !== ''))],
    ]),
  );
}

test('two chains bring everything to everybody, each fed by the source once', async () => {
  const report = await seeding.run({ chains: 2, maxBytesPerSecond: 8e6 });
  for (const name of seeding.names) expect(await seeding.missing(name)).toEqual([]);
  expect(report.order.chains).toEqual([
    ['n1', 'n2'],
    ['n3', 'n4'],
  ]);
  expect(parentsOf(report)).toEqual({ n1: ['source'], n2: ['n1'], n3: ['source'], n4: ['n3'] });
  expect(report.sourceSentBytes).toBe(2 * seeding.totalBytes);
});

test('a node that is lost is felt by its own chain only', async () => {
  const reports: SeedReport[] = [];
  let struck = false;
  const run = seeding.run({
    chains: 2,
    maxBytesPerSecond: 8e6,
    onEvent: (node, event) => {
      if (struck || node !== 'n1' || event.event !== 'progress') return;
      if (event.verifiedBytes < 0.3 * seeding.totalBytes) return;
      struck = true;
      void agentPids(join(seeding.directory, 'n1')).then((pids) => pids.forEach((pid) => killProcess(pid)));
    },
    onReport: async (report) => void reports.push(report),
  });
  await expect(run).rejects.toMatchObject({ code: 'E_AGENT', message: expect.stringContaining('n1') });
  for (const name of ['n2', 'n3', 'n4']) expect(await seeding.missing(name)).toEqual([]);
  const parents = parentsOf(reports[0] as SeedReport);
  expect(parents['n2']).toEqual(['n1', 'source']);
  expect([parents['n3'], parents['n4']]).toEqual([['source'], ['n3']]);
});
