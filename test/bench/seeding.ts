/**
 * `npm run bench:seeding`: brings the same images to N nodes on shaped links in several ways, and says how far each is from what
 * is possible. Needs root, Debian's openssh-server, docker-registry and skopeo, and a quiet machine.
 *   npm run bench:seeding -- --nodes 1,2,4,8 --rate 200 --repeat 5 --megabytes 1000 --arms chain,warm,scp-serial,scp-parallel,registry
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
import { ours } from './seeding/arm-ours.ts';
import { registryPull } from './seeding/arm-registry.ts';
import { BenchSite } from './seeding/bench-site.ts';
import { lowerBoundMs, measureGoodput } from './seeding/calibrate.ts';
import { type Corpus, makeCorpus } from './seeding/corpus.ts';
import { Meter } from './seeding/meter.ts';
import { type BenchRun, leastIdleShare, summaryTable } from './seeding/summary.ts';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '1,2,4,8' },
    rate: { type: 'string', default: '200' },
    repeat: { type: 'string', default: '5' },
    megabytes: { type: 'string', default: '1000' },
    arms: { type: 'string', default: 'chain,warm,scp-serial,scp-parallel,registry' },
  },
});
const arms: readonly Arm[] = [
  ours({ name: 'chain', title: 'relay chain, adopted by containerd' }),
  ours({ name: 'warm', title: 'the same again, everything there', warm: true }),
  copyAndImport('serial'),
  copyAndImport('parallel'),
  registryPull(),
].filter(({ name }) => values.arms.split(',').includes(name));
const megabitsPerSecond = Number(values.rate);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const meter = await Meter.start();
const corpus = await makeCorpus(Number(values.megabytes) * 1e6);
say(`corpus: ${(corpus.totalBytes / 1e6).toFixed(0)} MB, boot set ${(corpus.bootBytes / 1e6).toFixed(0)} MB`);
const runs: BenchRun[] = [];
try {
  for (const nodes of values.nodes.split(',').map(Number)) runs.push(...(await benchNodes(nodes, corpus)));
} finally {
  await meter.stop();
}
const file = cacheDirectory('bench', `seeding-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.json`);
await writeFile(file, JSON.stringify({ options: values, corpus: corpus.totalBytes, runs }, undefined, 1));
say(
  `\n${summaryTable(runs)}\n\nOne machine, its cores and disk shared by all nodes; no real network card, round-trip time or loss.\n${file}`,
);

async function benchNodes(nodes: number, carried: Corpus): Promise<readonly BenchRun[]> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-seeding-'));
  const site = await BenchSite.up(directory, nodes, megabitsPerSecond);
  const done: BenchRun[] = [];
  try {
    const goodput = await measureGoodput(site);
    const predicted = predictSeedingMs({
      bytes: carried.totalBytes,
      nodes,
      linkBitsPerSecond: megabitsPerSecond * 1e6,
    });
    say(
      `\n${nodes} nodes at ${megabitsPerSecond} Mbit/s: one connection carries ${(goodput / 1e6).toFixed(2)} MB/s; the model says ${(predicted / 1000).toFixed(1)} s`,
    );
    for (let round = 0; round < Number(values.repeat); round += 1) {
      for (const arm of shuffled(arms)) {
        const run = await benchArm(arm, site, carried, goodput);
        say(
          `${arm.name.padEnd(13)} ${(run.allMs / 1000).toFixed(2)} s  ${(run.allMs / run.boundMs).toFixed(2)}x  egress ${run.sourceShare.toFixed(3)} B  idle ${Math.round(run.idleShare * 100)} %${run.idleShare < leastIdleShare ? '  BUSY MACHINE' : ''}  ${run.notes.join('; ')}`,
        );
        done.push(run);
      }
    }
  } finally {
    await site.down();
  }
  return done;
}

async function benchArm(arm: Arm, site: BenchSite, carried: Corpus, goodput: number): Promise<BenchRun> {
  const nodes = site.network.nodes.length;
  await site.reset();
  try {
    await arm.prepare?.(site, carried);
    const sentBefore = await site.network.sentBytes(0);
    const { result, cpuSeconds, idleShare } = await meter.measure(() => arm.run(site, carried));
    const sent = (await site.network.sentBytes(0)) - sentBefore;
    const complete = await site.completeNodes(carried.images.length);
    if (complete !== nodes)
      throw new Error(`${arm.name}: only ${complete} of ${nodes} nodes have every image`);
    return {
      arm: arm.name,
      nodes,
      megabitsPerSecond,
      allMs: result.allMs,
      bootMs: result.bootMs,
      boundMs: lowerBoundMs(carried.totalBytes, nodes, goodput),
      bootBoundMs: lowerBoundMs(carried.bootBytes, nodes, goodput),
      sourceShare: sent / carried.totalBytes,
      cpuSecondsPerGb: cpuSeconds / ((carried.totalBytes * nodes) / 1e9),
      idleShare,
      peakRssBytes: result.peakRssBytes,
      notes: result.notes ?? [],
    };
  } finally {
    await arm.clear?.();
  }
}

function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
