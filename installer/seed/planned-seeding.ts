import { count, formatBytes, formatDuration } from '../base/units.ts';
import type { Site } from '../site/site.ts';
import { assumedBitsPerSecond, assumedPace, predictSeedingMs } from './model.ts';
import type { NodeNeed } from './node-need.ts';

export interface PlannedSeeding {
  /** For an administrator. */
  readonly sentence: string;
  readonly predictedMs: number;
}

/** What is to be done for nodes that lack something, and how long it is likely to take. */
export function plannedSeeding(needs: readonly NodeNeed[], site: Site): PlannedSeeding {
  const receiving = needs.filter(({ blobs }) => blobs > 0);
  const loading = needs.filter(({ images }) => images.length > 0);
  const { linkBitsPerSecond, pace } = paceOf(site);
  const bytes = Math.max(0, ...receiving.map((need) => need.bytes));
  const predictedMs = predictSeedingMs({ bytes, nodes: receiving.length, linkBitsPerSecond });
  const each = receiving.map(
    (need) => `${need.node} ${formatBytes(need.bytes)} (${count(need.blobs, 'blob')})`,
  );
  const into = loading.map(({ node, images }) => `${node} (${count(images.length, 'image')})`);
  const parts: string[] = [];
  if (each.length > 0)
    parts.push(`seed ${each.join(', ')} along one chain: about ${formatDuration(predictedMs)} at ${pace}`);
  if (into.length > 0) parts.push(`load what is whole into containerd of ${into.join(', ')}`);
  return { sentence: parts.join('; '), predictedMs };
}

/** What a plan reckons with, and how it says so. */
function paceOf({ seeding }: Site): { readonly linkBitsPerSecond: number; readonly pace: string } {
  const { maxBytesPerSecond } = seeding;
  if (maxBytesPerSecond === 0 || maxBytesPerSecond * 8 >= assumedBitsPerSecond)
    return { linkBitsPerSecond: assumedBitsPerSecond, pace: assumedPace };
  return {
    linkBitsPerSecond: maxBytesPerSecond * 8,
    pace: `${formatBytes(maxBytesPerSecond)}/s, as the site allows`,
  };
}
