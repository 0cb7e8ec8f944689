import { join } from 'node:path';
import { agentCommand } from '../agent/agent-command.ts';
import type { AgentEvent } from '../agent/protocol.ts';
import { count, formatBytes, formatDuration } from '../base/units.ts';
import type { OpenBundle } from '../bundle/bundle.ts';
import { definePhase, type Phase, siteTarget } from '../engine/phase.ts';
import { unpackedToo } from '../preflight/bundle-need.ts';
import { missingBlobs, readHeldBlobs } from '../seed/held-blobs.ts';
import type { SeedPart } from '../seed/image-plan.ts';
import { predictSeedingMs } from '../seed/model.ts';
import { seed } from '../seed/seed.ts';
import { type SeedBlob, seedBlobs } from '../seed/seed-plan.ts';
import type { SeedReport } from '../seed/seed-request.ts';
import { writeSeedReport } from '../seed/write-seed-report.ts';

/** The link speed that a plan reckons with until it is measured. */
const assumedBitsPerSecond = 1e9;

interface NodeNeed {
  readonly node: string;
  readonly blobs: number;
  readonly bytes: number;
}

interface SeedPhase {
  readonly name: string;
  readonly title: string;
  readonly part: SeedPart;
  readonly until?: string;
  /** What the phases beside it are likely to take: only what is longer than that costs time. */
  readonly hiddenMs: number;
}

/** Brings every blob of its part that a node lacks to it. All nodes are one target, because they feed each other. */
function seedPhase({ part, hiddenMs, ...about }: SeedPhase): Phase {
  return definePhase({
    ...about,
    targets: () => [siteTarget],
    async inspect(_target, { site, bundle, host }) {
      const blobs = await blobsOf(bundle, part);
      return Promise.all(
        site.nodes.map(async ({ name }): Promise<NodeNeed> => {
          const missing = missingBlobs(blobs, await readHeldBlobs(host(name)));
          return {
            node: name,
            blobs: missing.length,
            bytes: missing.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
          };
        }),
      );
    },
    plan(needs, _target, { site }) {
      const nodes = needs.filter(({ blobs }) => blobs > 0);
      if (nodes.length === 0) return [];
      const bytes = Math.max(...nodes.map((need) => need.bytes));
      const { maxBytesPerSecond } = site.seeding;
      const isLimited = maxBytesPerSecond > 0 && maxBytesPerSecond * 8 < assumedBitsPerSecond;
      const linkBitsPerSecond = isLimited ? maxBytesPerSecond * 8 : assumedBitsPerSecond;
      const pace = isLimited ? `${formatBytes(maxBytesPerSecond)}/s, as the site allows` : '1 Gbit/s';
      const predictedMs = predictSeedingMs({ bytes, nodes: nodes.length, linkBitsPerSecond });
      const each = nodes.map(
        (need) => `${need.node} ${formatBytes(need.bytes)} (${count(need.blobs, 'blob')})`,
      );
      const sentence = `seed ${each.join(', ')} along one chain: about ${formatDuration(predictedMs)} at ${pace}`;
      const missingBytes = Object.fromEntries(nodes.map((need) => [need.node, need.bytes]));
      return [{ id: 'seed', sentence, data: { missingBytes, predictedMs } }];
    },
    estimate: (changes) => ({
      ms: Math.max(0, changes.reduce((sum, { data }) => sum + data.predictedMs, 0) - hiddenMs),
      diskBytes: Object.fromEntries(
        changes.flatMap(({ data }) =>
          Object.entries(data.missingBytes).map(([node, bytes]) => [node, unpackedToo(bytes)]),
        ),
      ),
    }),
    async apply({ data }, _target, { site, bundle, host, signal, note, progress }) {
      const nodes = await Promise.all(
        Object.keys(data.missingBytes).map(async (name) => ({
          host: host(name),
          command: await agentCommand(host(name)),
        })),
      );
      const blobs = await blobsOf(bundle, part);
      const total = blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      const verified = new Map<string, number>();
      const onEvent = (node: string, event: AgentEvent): void => {
        if (event.event === 'progress') {
          verified.set(node, event.verifiedBytes);
          const done = [...verified.values()].reduce((sum, bytes) => sum + bytes, 0);
          progress(done, total * nodes.length, 'bytes');
        } else note(describeEvent(node, event));
      };
      const onReport = async (report: SeedReport): Promise<void> => {
        const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
        const { html } = await writeSeedReport(
          join(site.directory, 'reports', `seeding-${part}-${time}`),
          report,
        );
        note(
          `${formatBytes(report.sourceSentBytes)} left this machine in ${formatDuration(report.ms)}; see ${html}`,
        );
      };
      const { maxBytesPerSecond } = site.seeding;
      await seed({ bundle, blobs, nodes, maxBytesPerSecond, signal, onEvent, onReport });
    },
  });
}

async function blobsOf(bundle: OpenBundle, part: SeedPart): Promise<readonly SeedBlob[]> {
  return (await seedBlobs(bundle)).filter(({ group }) => (group === 0) === (part === 'boot'));
}

/** What a cluster starts with, and everything that lies on nodes: nothing can begin before it is there. */
export const seedImages = seedPhase({
  name: 'seed-images',
  title: 'Seed what a cluster starts with to the nodes',
  part: 'boot',
  hiddenMs: 0,
});

/** Everything else flows while the nodes are prepared and the cluster is made. */
export const seedRest = seedPhase({
  name: 'seed-rest',
  title: 'Seed all other images, beside what follows',
  part: 'rest',
  until: 'load-rest',
  hiddenMs: 100_000,
});

function describeEvent(node: string, event: Exclude<AgentEvent, { event: 'progress' }>): string {
  if (event.event === 'parent') return `${node} now receives from ${event.to} instead of ${event.from}`;
  if (event.event === 'banned') return `${node} banned ${event.parent}: ${event.reason}`;
  return `${node}: ${event.text}`;
}
