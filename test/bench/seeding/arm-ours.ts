import { unpackAgent } from '../../support/agent-under-test.ts';
import { driveSeeding } from '../../support/drive-seeding.ts';
import type { DrivenSeeding } from '../../support/seeding-driver.ts';
import type { Arm, ArmResult } from './arm.ts';
import type { BenchSite } from './bench-site.ts';
import type { Corpus } from './corpus.ts';

/** The product's own way: the relay chain, then adoption by containerd. `warm` runs it again on nodes that have everything. */
export function ours(options: {
  readonly name: string;
  readonly title: string;
  readonly warm?: boolean;
}): Arm {
  return {
    name: options.name,
    title: options.title,
    async prepare(site, corpus) {
      if (options.warm === true) await drive(site, corpus);
    },
    run: drive,
  };
}

async function drive(site: BenchSite, corpus: Corpus): Promise<ArmResult> {
  const agent = await unpackAgent(site.directory);
  const spec: DrivenSeeding = {
    artifacts: corpus.artifacts,
    bundleDirectory: corpus.blobDirectory,
    nodes: site.nodes.map(({ name, namespace, address, directory }) => ({
      name,
      namespace,
      address,
      directory,
      agent,
    })),
    maxBytesPerSecond: 0,
    load: true,
  };
  let startedAt = performance.now();
  const bootAt = new Map<string, number>();
  const nodeMs: number[] = [];
  let peakRssBytes = 0;
  const notes: string[] = [];
  await driveSeeding(site.network.source.namespace, spec, (line) => {
    // Making the corpus known to the driver is no part of seeding.
    if ('ready' in line) startedAt = performance.now();
    else if ('error' in line) throw new Error(line.error.message);
    else if ('loaded' in line) nodeMs.push(performance.now() - startedAt);
    else if ('report' in line) {
      peakRssBytes = Math.max(...line.report.nodes.map(({ result }) => result.peakRssBytes));
      notes.push(...line.report.decisions, `received after ${Math.round(performance.now() - startedAt)} ms`);
    } else if (line.event === 'progress' && line.groupsDone > 0 && !bootAt.has(line.node)) {
      bootAt.set(line.node, performance.now() - startedAt);
    }
  });
  return { allMs: Math.max(...nodeMs), bootMs: Math.max(0, ...bootAt.values()), nodeMs, peakRssBytes, notes };
}
