import type { TimelineSample } from '../seed-request.ts';

/** What one node lived through, out of the samples of all. */
export interface NodeStory {
  readonly name: string;
  readonly samples: readonly TimelineSample[];
  /** Bytes that came while each parent was the one, in the order in which they were first asked. */
  readonly parents: readonly { readonly name: string; readonly bytes: number }[];
  /** Milliseconds until the boot set was there; undefined when it was not seen. */
  readonly bootMs: number | undefined;
}

export function nodeStories(timeline: readonly TimelineSample[]): readonly NodeStory[] {
  const byNode = Map.groupBy(timeline, ({ node }) => node);
  return [...byNode].map(([name, samples]) => ({
    name,
    samples,
    parents: parentsOf(samples),
    bootMs: samples.find(({ groupsDone }) => groupsDone > 0)?.atMs,
  }));
}

function parentsOf(samples: readonly TimelineSample[]): readonly { name: string; bytes: number }[] {
  const bytes = new Map<string, number>();
  let before = samples[0]?.verifiedBytes ?? 0;
  for (const { parent, verifiedBytes } of samples) {
    if (parent !== '') bytes.set(parent, (bytes.get(parent) ?? 0) + verifiedBytes - before);
    before = verifiedBytes;
  }
  return [...bytes].map(([name, amount]) => ({ name, bytes: amount }));
}

/** The best pace that any node kept up over three seconds, in bytes per millisecond; 0 when nothing moved. */
export function bestPace(stories: readonly NodeStory[], windowMs = 3000): number {
  let best = 0;
  for (const { samples } of stories) {
    for (const [index, last] of samples.entries()) {
      const first =
        samples.slice(0, index).findLast(({ atMs }) => last.atMs - atMs >= windowMs) ?? samples[0];
      if (first === undefined || last.atMs === first.atMs) continue;
      best = Math.max(best, (last.verifiedBytes - first.verifiedBytes) / (last.atMs - first.atMs));
    }
  }
  return best;
}
