import { count, formatBytes, formatDuration } from '../../base/units.ts';
import type { SeedReport } from '../seed-request.ts';
import { lowerBound } from './lower-bound.ts';
import { type NodeStory, nodeStories } from './node-story.ts';

const [width, height, graphHeight] = [960, 380, 170];
const margin = { left: 70, right: 20, top: 16, bottom: 28 };
const gridLines = 4;

/** Everything the page shows, computed: the template only places it. */
export function pageData(report: SeedReport): Record<string, unknown> {
  const stories = nodeStories(report.timeline);
  const totalBytes = Math.max(1, ...report.timeline.map(({ verifiedBytes }) => verifiedBytes));
  const totalMs = Math.max(1, ...report.timeline.map(({ atMs }) => atMs));
  const x = (ms: number): number =>
    round(margin.left + (ms / totalMs) * (width - margin.left - margin.right));
  const y = (bytes: number): number =>
    round(height - margin.bottom - (bytes / totalBytes) * (height - margin.top - margin.bottom));
  const bound = lowerBound(report, stories);
  const colourOf = (index: number): string =>
    `hsl(${Math.round((index * 360) / Math.max(1, stories.length))} 62% 42%)`;
  return {
    width,
    height,
    graphHeight,
    nodeCount: count(stories.length, 'node'),
    summary: `${formatBytes(bound.bytes)} to ${count(stories.length, 'node')} in ${formatDuration(report.ms)}${endOf(report)}`,
    explanation: `${formatBytes(report.sourceSentBytes)} left this machine. The dashed line is what no way of sending could beat: every byte once to the node that takes longest, at ${bound.words}: ${formatDuration(bound.ms)}.`,
    grid: gridOf(totalBytes, totalMs, x, y),
    boundPoints: `${x(0)},${y(totalBytes - bound.bytes)} ${x(Math.min(bound.ms, totalMs))},${y(totalBytes)}`,
    lines: stories.map(({ name, samples }, index) => ({
      name,
      colour: colourOf(index),
      points: samples.map(({ atMs, verifiedBytes }) => `${x(atMs)},${y(verifiedBytes)}`).join(' '),
    })),
    ...graphOf(stories, colourOf),
    rows: stories.map((story, index) => rowOf(story, report, colourOf(index))),
    order: `${report.order.chains.map((chain) => chain.join(', ')).join(' | ')}: ${report.order.reasons.join('; ')}.`,
    failed: report.failed,
    decisions: report.decisions,
  };
}

function endOf({ failed, interrupted }: SeedReport): string {
  if (interrupted) return ', interrupted';
  return failed.length === 0 ? '' : `; ${count(failed.length, 'node')} failed`;
}

function gridOf(
  totalBytes: number,
  totalMs: number,
  x: (ms: number) => number,
  y: (bytes: number) => number,
): readonly object[] {
  return Array.from({ length: gridLines + 1 }, (_unused, index) => {
    const [ms, bytes] = [(totalMs * index) / gridLines, (totalBytes * index) / gridLines];
    return [
      {
        x1: x(0),
        y1: y(bytes),
        x2: x(totalMs),
        y2: y(bytes),
        textX: 4,
        textY: y(bytes) + 4,
        label: formatBytes(bytes),
      },
      {
        x1: x(ms),
        y1: y(0),
        x2: x(ms),
        y2: y(totalBytes),
        textX: x(ms) - 14,
        textY: height - 8,
        label: formatDuration(ms),
      },
    ];
  }).flat();
}

function graphOf(
  stories: readonly NodeStory[],
  colourOf: (index: number) => string,
): { readonly dots: readonly object[]; readonly arcs: readonly object[] } {
  const names = ['source', ...stories.map(({ name }) => name)];
  const step = (width - margin.left - margin.right) / Math.max(1, names.length - 1);
  const placeOf = (name: string): number => round(margin.left + names.indexOf(name) * step);
  const base = graphHeight - 50;
  const most = Math.max(1, ...stories.flatMap(({ parents }) => parents.map(({ bytes }) => bytes)));
  const arcs = stories.flatMap(({ name, parents }, index) =>
    parents
      .filter((parent) => names.includes(parent.name))
      .map((parent) => {
        const [from, to] = [placeOf(parent.name), placeOf(name)];
        const lift = round(base - Math.min(base - 10, 24 + Math.abs(to - from) / 5));
        return {
          path: `M${from},${base} Q${round((from + to) / 2)},${lift} ${to},${base}`,
          colour: colourOf(index),
          strokeWidth: round(1 + (5 * parent.bytes) / most),
          label: `${parent.name} to ${name}: ${formatBytes(Math.max(0, parent.bytes))}`,
        };
      }),
  );
  const dots = names.map((name, index) => ({
    name,
    x: placeOf(name),
    y: base,
    textY: base + 28,
    colour: index === 0 ? '#1c2733' : colourOf(index - 1),
  }));
  return { dots, arcs };
}

function rowOf(story: NodeStory, report: SeedReport, colour: string): object {
  const result = report.nodes.find(({ name }) => name === story.name)?.result;
  return {
    name: story.name,
    colour,
    received: formatBytes(result?.receivedBytes ?? 0),
    sent: formatBytes(story.samples.at(-1)?.sentBytes ?? 0),
    done: result === undefined ? 'failed' : formatDuration(result.ms),
    boot: story.bootMs === undefined ? '' : formatDuration(story.bootMs),
    memory: formatBytes(result?.peakRssBytes ?? 0),
    parents: story.parents.map(({ name }) => name).join(', '),
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
