import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import { AgentSession } from '../../../installer/agent/agent-session.ts';
import { loadResultSchema } from '../../../installer/agent/protocol.ts';
import { table } from '../../../installer/cli/table.ts';
import { imagePlan } from '../../../installer/seed/image-plan.ts';
import { madeBundle } from '../../fixtures/made-bundle.ts';
import { unpackAgent } from '../../support/agent-under-test.ts';
import { driveSeeding } from '../../support/drive-seeding.ts';
import { processNode } from '../../support/process-host.ts';
import { chain } from './arm-ours.ts';
import type { BenchSite } from './bench-site.ts';
import type { Corpus } from './corpus.ts';
import type { Meter } from './meter.ts';

/** One thing that every byte has to go through, by itself. */
interface Step {
  readonly title: string;
  /** Bytes that went through it, if not the corpus once. */
  readonly copies?: number;
  run(): Promise<unknown>;
}

const chunk = 1 << 20;
const hashScript = (bytes: number): string =>
  `const { hash } = require('crypto'); const b = Buffer.alloc(${chunk}, 7); for (let i = 0; i < ${Math.ceil(bytes / chunk)}; i += 1) hash('sha256', b)`;

/**
 * Where the ceiling is when links are not: the corpus once through each thing that bytes go through, by itself, and then through all of
 * them. Gives a table of speed and processor time.
 */
export async function measureCeiling(site: BenchSite, corpus: Corpus, meter: Meter): Promise<string> {
  const steps: readonly Step[] = [
    {
      title: 'sha256 of every chunk, one process',
      run: () => execa(process.execPath, ['-e', hashScript(corpus.totalBytes)]),
    },
    { title: 'write and sync, dd', run: () => writeOut(site, corpus.totalBytes) },
    { title: 'seed one node: TLS, hash, write', run: () => seedOnly(site, corpus) },
    { title: 'load it by gRPC, every byte streamed', run: () => streamIn(site, corpus) },
    ...[1, 2].map((copies) => ({
      title: `all of it, ${copies} node(s): seeded and adopted`,
      copies,
      run: () => chain.run(site, corpus),
    })),
  ];
  const rows = [['step', 'seconds', 'GB/s', 'CPU s/GB', `of ${availableParallelism()} cores`]];
  for (const { title, copies, run } of steps) {
    if (copies !== undefined) await site.reset(copies);
    const startedAt = performance.now();
    const { cpuSeconds } = await meter.measure(run);
    const seconds = (performance.now() - startedAt) / 1000;
    const gigabytes = (corpus.totalBytes * (copies ?? 1)) / 1e9;
    rows.push([
      title,
      seconds.toFixed(2),
      (gigabytes / seconds).toFixed(2),
      (cpuSeconds / gigabytes).toFixed(2),
      (cpuSeconds / seconds).toFixed(2),
    ]);
  }
  return table(rows);
}

async function writeOut({ directory }: BenchSite, bytes: number): Promise<void> {
  const path = join(directory, 'written');
  const count = `count=${Math.ceil(bytes / chunk)}`;
  await execa('dd', ['if=/dev/zero', `of=${path}`, 'bs=1M', count, 'conv=fdatasync', 'status=none']);
  await rm(path);
}

async function seedOnly(site: BenchSite, corpus: Corpus): Promise<void> {
  const agent = await unpackAgent(site.directory);
  const nodes = site.nodes.slice(0, 1).map(({ name, namespace, address, directory }) => {
    return { name, namespace, address, directory, agent };
  });
  const { artifacts, blobDirectory: bundleDirectory } = corpus;
  const spec = { artifacts, bundleDirectory, nodes, maxBytesPerSecond: 0, load: false };
  await driveSeeding(site.network.source.namespace, spec, (line) => {
    if ('error' in line) throw new Error(line.error.message);
  });
}

/** An agent that looks for containerd's files where they are not cannot hand its own over. */
async function streamIn(site: BenchSite, corpus: Corpus): Promise<void> {
  const directory = site.nodes[0]?.directory ?? '';
  const agent = await unpackAgent(site.directory);
  const environment = { PERIMETER_CONTAINERD_ROOT: join(directory, 'elsewhere') };
  const node = processNode({ name: 'ceiling', address: '127.0.0.1', directory, agent, environment });
  const bundle = madeBundle(corpus.artifacts, corpus.blobDirectory);
  const images = await imagePlan(bundle, 'registry.bench.internal:30500');
  const signal = new AbortController().signal;
  const session = await AgentSession.start(node.host, node.command, () => {}, signal);
  try {
    await session.call('load', { images }, loadResultSchema);
  } finally {
    await session.close();
  }
}
