/**
 * `npm run bench:seeding`: brings the same images to N nodes on shaped links in several ways, and says how far each is from what
 * is possible; and, unshaped, where the ceiling of this machine is. Needs root, Debian's openssh-server, docker-registry and skopeo, and
 * a quiet machine. Sizes in MB; nodes at another rate than --rate as 16@100.
 *   npm run bench:seeding -- --nodes 1,2,4,8,16@100 --rate 200 --repeat 5 --megabytes 250,1000 --arms chain,warm,upgrade,fast-source,two-chains,kill,black-hole,straggler
 *   npm run bench:seeding -- --ceiling --megabytes 1000
 */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { cacheDirectory } from '../../installer/base/files.ts';
import { predictSeedingMs } from '../../installer/seed/model.ts';
import type { Arm } from './seeding/arm.ts';
import { copyAndImport } from './seeding/arm-copy-import.ts';
import { chain, disturbed, fastSource, upgrade, warm } from './seeding/arm-ours.ts';
import { registryPull } from './seeding/arm-registry.ts';
import { BenchSite } from './seeding/bench-site.ts';
import { lowerBoundMs, measureGoodput } from './seeding/calibrate.ts';
import { measureCeiling } from './seeding/ceiling.ts';
import { type Corpus, makeCorpus } from './seeding/corpus.ts';
import { faults } from './seeding/faults.ts';
import { Meter } from './seeding/meter.ts';
import { type BenchRun, leastIdleShare, summaryTable } from './seeding/summary.ts';

const known: readonly Arm[] = [
  chain,
  warm,
  upgrade,
  ...fastSource,
  ...faults.map(disturbed),
  copyAndImport('serial'),
  copyAndImport('parallel'),
  registryPull(),
];
const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '1,2,4,8' },
    rate: { type: 'string', default: '200' },
    repeat: { type: 'string', default: '5' },
    megabytes: { type: 'string', default: '1000' },
    arms: { type: 'string', default: known.map(({ name }) => name).join(',') },
    ceiling: { type: 'boolean', default: false },
  },
});
const wanted = values.arms.split(',');
const unknown = wanted.filter((name) => !known.some((arm) => arm.name === name));
if (unknown.length > 0)
  throw new Error(`no such arm: ${unknown.join(', ')}; known: ${known.map(({ name }) => name).join(', ')}`);
const arms = known.filter(({ name }) => wanted.includes(name));
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const runs: BenchRun[] = [];
const meter = await Meter.start();
try {
  for (const megabytes of values.megabytes.split(',').map(Number)) {
    const corpus = await makeCorpus(megabytes * 1e6);
    const [total, boot] = [corpus.totalBytes, corpus.bootBytes].map((bytes) => (bytes / 1e6).toFixed(0));
    say(`corpus: ${total} MB, boot set ${boot} MB`);
    if (values.ceiling) await benchCeiling(corpus);
    else
      for (const { nodes, rate } of casesOf(values.nodes, values.rate))
        runs.push(...(await benchNodes(nodes, rate, corpus, megabytes)));
  }
} finally {
  await meter.stop();
}
if (runs.length > 0) {
  const file = cacheDirectory('bench', `seeding-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.json`);
  await writeFile(file, JSON.stringify({ options: values, runs }, undefined, 1));
  say(`\n${summaryTable(runs)}\n`);
  say(
    'One machine, its cores and disk shared by all nodes; no real network card, round-trip time or loss; congestion control is cubic, as Debian has it.',
  );
  say(file);
}

function casesOf(nodes: string, rate: string): readonly { nodes: number; rate: number }[] {
  return nodes.split(',').map((word) => {
    const [count, at = rate] = word.split('@');
    return { nodes: Number(count), rate: Number(at) };
  });
}

async function benchCeiling(corpus: Corpus): Promise<void> {
  const site = await BenchSite.up(await mkdtemp(join(tmpdir(), 'bench-seeding-')), 2, 0);
  try {
    await site.reset(1);
    say(`\n${await measureCeiling(site, corpus, meter)}`);
  } finally {
    await site.down();
  }
}

async function benchNodes(
  nodes: number,
  rate: number,
  corpus: Corpus,
  megabytes: number,
): Promise<readonly BenchRun[]> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-seeding-'));
  const site = await BenchSite.up(directory, nodes, rate);
  const done: BenchRun[] = [];
  try {
    const goodput = await measureGoodput(site);
    const predicted = predictSeedingMs({ bytes: corpus.totalBytes, nodes, linkBitsPerSecond: rate * 1e6 });
    say(
      `\n${nodes} nodes at ${rate} Mbit/s: one connection carries ${(goodput / 1e6).toFixed(2)} MB/s; the model says ${(predicted / 1000).toFixed(1)} s`,
    );
    const possible = arms.filter(({ leastNodes = 1 }) => nodes >= leastNodes);
    for (let round = 0; round < Number(values.repeat); round += 1) {
      for (const arm of shuffled(possible)) {
        const run = await benchArm(arm, site, corpus, goodput);
        say(
          `${arm.name.padEnd(13)} ${(run.allMs / 1000).toFixed(2)} s  ${(run.allMs / run.boundMs).toFixed(2)}x  received ${((run.receivedMs ?? 0) / 1000).toFixed(2)} s  egress ${run.sourceShare.toFixed(3)} B  idle ${Math.round(run.idleShare * 100)} %${run.idleShare < leastIdleShare ? '  BUSY MACHINE' : ''}  ${run.notes.join('; ')}`,
        );
        done.push({ ...run, megabytes });
      }
    }
  } finally {
    await site.down();
  }
  return done;
}

async function benchArm(
  arm: Arm,
  site: BenchSite,
  corpus: Corpus,
  goodput: number,
): Promise<Omit<BenchRun, 'megabytes'>> {
  const nodes = site.network.nodes.length;
  await site.reset();
  try {
    await arm.prepare?.(site, corpus);
    const sentBefore = await site.network.sentBytes(0);
    const { result, cpuSeconds, idleShare } = await meter.measure(() => arm.run(site, corpus));
    const sent = (await site.network.sentBytes(0)) - sentBefore;
    const lacked = result.lackedBytes ?? corpus.totalBytes;
    const complete = await site.completeNodes(corpus.images.length);
    if (complete < nodes - (arm.lostNodes ?? 0))
      throw new Error(`${arm.name}: only ${complete} of ${nodes} nodes have every image`);
    return {
      arm: arm.name,
      nodes,
      megabitsPerSecond: site.megabitsPerSecond,
      allMs: result.allMs,
      receivedMs: result.receivedMs,
      bootMs: result.bootMs,
      boundMs: lowerBoundMs(lacked, nodes, goodput),
      bootBoundMs: lowerBoundMs(corpus.bootBytes, nodes, goodput),
      sourceShare: sent / lacked,
      blobShare: result.blobBytes === undefined ? undefined : result.blobBytes / lacked,
      cpuSecondsPerGb: cpuSeconds / ((corpus.totalBytes * nodes) / 1e9),
      idleShare,
      peakRssBytes: result.peakRssBytes,
      bar: arm.bar,
      notes: result.notes ?? [],
    };
  } finally {
    await arm.clear?.(site);
  }
}

function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
