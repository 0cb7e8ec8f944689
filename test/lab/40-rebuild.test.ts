import { expect, it } from 'vitest';
import { describeRealCharts } from '../support/real-charts.ts';
import { lastWords, runPerimeter } from './perimeter-process.ts';

/** Reproducible from source, as everybody can see for himself: some artifacts, others each time, made again from nothing. */
const minutes = 60_000;

it(
  'makes at least three artifacts again, bit for bit the same',
  async () => {
    const ended = await runPerimeter(['bundle', 'rebuild', '--verify', '--count', '4', '--minutes', '4']);
    expect(ended.exitCode, lastWords(ended)).toBe(0);
    const { results } = (ended.lines.find((line) => line.kind === 'result')?.['data'] ?? { results: [] }) as {
      results: { name: string; result: string }[];
    };
    expect(results.filter(({ result }) => result === 'same').length, lastWords(ended)).toBeGreaterThanOrEqual(
      3,
    );
  },
  40 * minutes,
);

// By now everything was built; what the quick tests may have had to skip is not skipped here.
await describeRealCharts({ isRequired: true });
