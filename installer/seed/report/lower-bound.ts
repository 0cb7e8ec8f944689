import { formatBytes } from '../../base/units.ts';
import { bytesPerMsOf } from '../model.ts';
import type { KnownLinks, SeedReport } from '../seed-request.ts';
import { bestPace, type NodeStory } from './node-story.ts';

export interface LowerBound {
  readonly ms: number;
  /** What the node that lacked most had to get. */
  readonly bytes: number;
  /** What it was reckoned with. */
  readonly words: string;
}

interface Pace {
  readonly bytesPerMs: number;
  readonly words: string;
}

/**
 * The time that no way of sending could beat: every byte out of this machine once, and into each node at the speed of its link. Where no kernel
 * tells that of a link, the best pace that was seen stands for it, which a slow network hides behind; so it is said which of them it was.
 */
export function lowerBound(report: SeedReport, stories: readonly NodeStory[]): LowerBound {
  const seen = bestPace(stories);
  const bestSeen = { bytesPerMs: seen, words: `the best pace seen here, ${perSecond(seen)}` };
  const source = sourcePace(report.links);
  const nodes = stories.map((story) => {
    const bytes = gainOf(story, report);
    const paces = [source, nodePace(story.name, report.links)].filter((pace) => pace !== undefined);
    // A link that is known to be fast says nothing of one further on that is not known.
    const isKnown = source !== undefined && paces.length === 2;
    const pace = slowest(isKnown ? paces : [...paces, ...(seen > 0 ? [bestSeen] : [])]);
    return {
      ms: pace === undefined ? 0 : bytes / pace.bytesPerMs,
      bytes,
      words: pace?.words ?? bestSeen.words,
    };
  });
  const [worst] = nodes.toSorted((a, b) => b.ms - a.ms);
  const bytes = Math.max(0, ...nodes.map((node) => node.bytes));
  return { ms: worst?.ms ?? 0, bytes, words: worst?.words ?? bestSeen.words };
}

/** A node that failed has no result; what it got can still be seen. */
function gainOf({ name, samples }: NodeStory, report: SeedReport): number {
  const result = report.nodes.find((node) => node.name === name)?.result;
  const grown = (samples.at(-1)?.verifiedBytes ?? 0) - (samples[0]?.verifiedBytes ?? 0);
  return result?.receivedBytes ?? Math.max(0, grown);
}

function sourcePace({ sourceMbits, maxBytesPerSecond }: KnownLinks): Pace | undefined {
  const allowed = {
    bytesPerMs: maxBytesPerSecond / 1000,
    words: `${formatBytes(maxBytesPerSecond)} a second, as the site allows`,
  };
  const link = sourceMbits === undefined ? [] : [linkPace('this machine', sourceMbits)];
  return slowest([...link, ...(maxBytesPerSecond > 0 ? [allowed] : [])]);
}

function nodePace(name: string, { nodeMbits }: KnownLinks): Pace | undefined {
  const mbits = nodeMbits[name];
  return mbits === undefined ? undefined : linkPace(name, mbits);
}

function linkPace(of: string, mbits: number): Pace {
  const bytesPerMs = bytesPerMsOf(mbits * 1e6);
  return { bytesPerMs, words: `what the link of ${of} carries, ${perSecond(bytesPerMs)} of ${mbits} Mbit/s` };
}

function slowest(paces: readonly Pace[]): Pace | undefined {
  return paces.toSorted((a, b) => a.bytesPerMs - b.bytesPerMs)[0];
}

function perSecond(bytesPerMs: number): string {
  return `${formatBytes(bytesPerMs * 1000)} a second`;
}
