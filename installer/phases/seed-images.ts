import { join } from 'node:path';
import { agentCommand } from '../agent/agent-command.ts';
import type { AgentEvent, LoadResult, SeedImage } from '../agent/protocol.ts';
import { formatBytes, formatDuration } from '../base/units.ts';
import { definePhase, type Phase, type PlanInputs, siteTarget } from '../engine/phase.ts';
import { unpackedToo } from '../preflight/bundle-need.ts';
import { askNodes } from '../seed/ask-nodes.ts';
import { bootImagesOf } from '../seed/boot-images.ts';
import { type SeedPart, siteImages } from '../seed/image-plan.ts';
import { describeLoad } from '../seed/loading-beside.ts';
import { firstName, isNeedy, nodeNeed } from '../seed/node-need.ts';
import { plannedSeeding } from '../seed/planned-seeding.ts';
import { seed } from '../seed/seed.ts';
import { joinSeedFailures } from '../seed/seed-failures.ts';
import { type SeedBlob, seedBlobs } from '../seed/seed-plan.ts';
import { SeedProgress } from '../seed/seed-progress.ts';
import type { SeedReport } from '../seed/seed-request.ts';
import { writeSeedReport } from '../seed/write-seed-report.ts';

interface SeedPhase {
  readonly name: string;
  readonly title: string;
  readonly part: SeedPart;
  readonly until?: string;
  /** What the phases beside it are likely to take: only what is longer than that costs time. */
  readonly hiddenMs: number;
}

/**
 * Brings every blob of its part that a node lacks to it, and puts the images into containerd where that runs already. All nodes are one
 * target, because they feed each other.
 */
function seedPhase({ part, hiddenMs, ...about }: SeedPhase): Phase {
  return definePhase({
    ...about,
    targets: () => [siteTarget],
    async inspect(_target, look) {
      const [blobs, images] = await Promise.all([blobsOf(look, part), imagesOf(look, part)]);
      const names = look.site.nodes.map(({ name }) => name);
      const { answers, lost } = await askNodes(names, (name) => nodeNeed(look.host(name), blobs, images));
      // Hosts were all there when this run began. One that has vanished since ends it, but not before the others have what they lack.
      const nodes = answers.filter(isNeedy);
      if (lost.length > 0 && nodes.length === 0) throw joinSeedFailures(lost);
      return { nodes, lost: lost.map(({ node }) => node) };
    },
    plan({ nodes, lost }, _target, { site }) {
      if (nodes.length === 0) return [];
      const { sentence, predictedMs } = plannedSeeding(nodes, site);
      const data = {
        missingBytes: Object.fromEntries(nodes.map((need) => [need.node, need.bytes])),
        images: Object.fromEntries(nodes.map(({ node, images }) => [node, images])),
        predictedMs,
        lost,
      };
      const without = lost.length === 0 ? '' : `; without ${lost.join(', ')}, where nobody answers`;
      return [{ id: 'seed', sentence: `${sentence}${without}`, data }];
    },
    estimate: (changes) => ({
      ms: Math.max(0, changes.reduce((sum, { data }) => sum + data.predictedMs, 0) - hiddenMs),
      diskBytes: Object.fromEntries(
        changes.flatMap(({ data }) =>
          Object.entries(data.missingBytes).map(([node, bytes]) => [node, unpackedToo(bytes)]),
        ),
      ),
    }),
    async apply({ data }, _target, hands) {
      const { site, bundle, host, signal, note } = hands;
      const [blobs, images] = await Promise.all([blobsOf(hands, part), imagesOf(hands, part)]);
      const names = [...Object.keys(data.missingBytes), ...data.lost];
      const racks = new Map(site.nodes.map(({ name, rack }) => [name, rack]));
      const { answers: nodes, lost } = await askNodes(names, async (name) => {
        // One that is back was not asked when this was planned.
        const wanted = new Set(data.images[name] ?? (await nodeNeed(host(name), blobs, images)).images);
        return {
          host: host(name),
          ...(racks.get(name) === undefined ? {} : { rack: racks.get(name) as string }),
          command: await agentCommand(host(name)),
          images: images.filter((image) => wanted.has(firstName(image))),
        };
      });
      const total = blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      const progress = new SeedProgress(total, nodes.length, hands);
      const onEvent = (node: string, event: AgentEvent): void => progress.hear(node, event);
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
      const onLoaded = (node: string, result: LoadResult): void => note(`${node}: ${describeLoad(result)}`);
      const { maxBytesPerSecond } = site.seeding;
      await seed({ bundle, blobs, nodes, lost, maxBytesPerSecond, signal, onEvent, onReport, onLoaded });
    },
  });
}

async function blobsOf({ bundle, site }: PlanInputs, part: SeedPart): Promise<readonly SeedBlob[]> {
  const blobs = await seedBlobs(bundle, bootImagesOf(site, bundle));
  return blobs.filter(({ group }) => (group === 0) === (part === 'boot'));
}

/**
 * Images that are loaded while they come. The rest is not: it flows while nodes are prepared, which may start containerd anew, and has a
 * phase of its own afterwards.
 */
async function imagesOf(inputs: PlanInputs, part: SeedPart): Promise<readonly SeedImage[]> {
  return part === 'boot' ? await siteImages(inputs, part) : [];
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
