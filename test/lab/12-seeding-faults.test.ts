import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SeedStore } from '../../installer/agent/seed-store.ts';
import { type SeedBlob, seedBlobs } from '../../installer/seed/seed-plan.ts';
import type { SeedReport } from '../../installer/seed/seed-request.ts';
import { type MadeArtifact, madeBundle } from '../fixtures/made-bundle.ts';
import { unpackAgent } from '../support/agent-under-test.ts';
import { driveSeeding } from '../support/drive-seeding.ts';
import type { DriverLine } from '../support/seeding-driver.ts';
import { ShapedNetwork } from '../support/shaped-network.ts';

/**
 * Faults of the network itself, on links of their own in network namespaces. What is asked for: it ends, the right node is named,
 * everybody else has everything, and not too much is sent twice. How long it takes is the benchmark's matter.
 */
const artifacts: readonly MadeArtifact[] = Array.from({ length: 10 }, (_unused, index) => ({
  name: `image-${index}`,
  layers: [{ bytes: 6_000_000, salt: `fault ${index}` }],
}));
const nodeCount = 5;
const megabits = 80;
const bundle = madeBundle(artifacts);

let directory = '';
let network: ShapedNetwork;
let blobs: readonly SeedBlob[] = [];
let totalBytes = 0;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'seed-faults-'));
  const prefix = `sf${process.pid % 10_000}`;
  network = await ShapedNetwork.up({ prefix, nodes: nodeCount, megabitsPerSecond: megabits });
  blobs = await seedBlobs(bundle);
  totalBytes = blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
});
afterEach(async () => {
  await network.down();
  await rm(directory, { recursive: true, force: true });
});

interface Ended {
  readonly report: SeedReport | undefined;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  readonly banned: readonly string[];
}

/** Seeds all nodes and lets `fault` strike once n3 has a share of everything. */
async function seedUnder(share: number, fault: () => Promise<unknown>): Promise<Ended> {
  const agent = await unpackAgent(directory);
  const nodes = network.nodes.map((node, index) => {
    const name = `n${index + 1}`;
    return { name, ...node, directory: join(directory, name), agent };
  });
  const ended: { report?: SeedReport; error?: { code: string; message: string }; banned: string[] } = {
    banned: [],
  };
  let struck: Promise<unknown> | undefined;
  const onLine = (line: DriverLine): void => {
    if ('report' in line) ended.report = line.report;
    else if ('error' in line) ended.error = line.error;
    else if ('event' in line && line.event === 'banned') ended.banned.push(line.parent);
    else if ('event' in line && line.event === 'progress' && line.node === 'n3') {
      if (line.verifiedBytes >= share * totalBytes) struck ??= fault();
    }
  };
  const bundleDirectory = join(directory, 'bundle');
  const spec = { artifacts, bundleDirectory, nodes, maxBytesPerSecond: 0, load: false };
  await driveSeeding(network.source.namespace, spec, onLine);
  expect(struck, 'the fault struck').toBeDefined();
  await struck;
  return { report: ended.report, error: ended.error, banned: ended.banned };
}

async function missing(name: string): Promise<number> {
  const seedDirectory = join(directory, name, 'seed');
  const store = new SeedStore({ seedDirectory, containerdRoot: '/nowhere' });
  const found = await Promise.all(blobs.map(({ digest, sizeBytes }) => store.find(digest, sizeBytes)));
  return found.filter((path) => path === undefined).length;
}

test('a host whose plug is pulled is named, and those behind it go on', async () => {
  const { error, banned } = await seedUnder(0.35, () => network.linkDown(3));
  expect(error).toMatchObject({ code: 'E_SEED', message: expect.stringContaining('n3') });
  for (const name of ['n1', 'n2', 'n4', 'n5']) expect(await missing(name), name).toBe(0);
  expect(banned).toEqual([]);
});

test('a source that is gone for ten seconds costs ten seconds, and no byte twice from it', async () => {
  const { report, banned } = await seedUnder(0.35, async () => {
    await network.linkDown(0);
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    await network.linkUp(0);
  });
  for (let index = 1; index <= nodeCount; index += 1) expect(await missing(`n${index}`)).toBe(0);
  expect(report?.sourceSentBytes).toBeLessThan(1.2 * totalBytes);
  expect(banned).toEqual([]);
});

test('a node in mid-chain whose link falls to a quarter ends up with nobody behind it', async () => {
  const { report, banned } = await seedUnder(0.35, () => network.setSpeed(3, megabits / 4));
  for (let index = 1; index <= nodeCount; index += 1) expect(await missing(`n${index}`)).toBe(0);
  expect(report?.decisions.filter((decision) => decision.startsWith('n3 goes to the end')).length).toBe(1);
  const doneAt = (name: string): number =>
    report?.nodes.find((node) => node.name === name)?.result.ms ?? Number.NaN;
  expect(Math.max(doneAt('n4'), doneAt('n5'))).toBeLessThan(doneAt('n3'));
  expect(banned).toEqual([]);
});

test('a first node on a link of a quarter is found out, though nobody is ahead of it, and ends up with nobody behind it', async () => {
  const { report, banned } = await seedUnder(0, () => network.setSpeed(1, megabits / 4));
  for (let index = 1; index <= nodeCount; index += 1) expect(await missing(`n${index}`)).toBe(0);
  expect(report?.decisions).toEqual([
    expect.stringMatching(/^n1 goes to the end .* where the source gives .* to n2$/),
  ]);
  const doneAt = (name: string): number =>
    report?.nodes.find((node) => node.name === name)?.result.ms ?? Number.NaN;
  expect(Math.max(...['n2', 'n3', 'n4', 'n5'].map(doneAt))).toBeLessThan(doneAt('n1'));
  expect(report?.sourceSentBytes).toBeLessThan(1.4 * totalBytes);
  expect(banned).toEqual([]);
});
