import { expect, test } from 'vitest';
import type { NodeNeed } from '../../../installer/seed/node-need.ts';
import { plannedSeeding } from '../../../installer/seed/planned-seeding.ts';
import { sampleSite } from '../../support/sample-site.ts';

const site = sampleSite();
const need = (node: string, blobs: number, images: readonly string[] = []): NodeNeed => ({
  node,
  blobs,
  bytes: blobs * 50e6,
  images,
});

test('says what each node gets, and how long that takes at what pace', () => {
  const { sentence, predictedMs } = plannedSeeding([need('n1', 2), need('n2', 1)], site);
  expect(sentence).toMatch(
    /^seed n1 100 MB \(2 blobs\), n2 50(\.0)? MB \(1 blob\) along one chain: about .* at 1 Gbit\/s$/,
  );
  expect(predictedMs).toBeGreaterThan(1700);
});

test('reckons with the rate that the site allows', () => {
  const limited = { ...site, seeding: { ...site.seeding, maxBytesPerSecond: 10e6 } };
  const { sentence, predictedMs } = plannedSeeding([need('n1', 2)], limited);
  expect(sentence).toMatch(/ at 10(\.0)? MB\/s, as the site allows$/);
  expect(predictedMs).toBeGreaterThan(10_000);
});

test('names the nodes whose containerd is to get something, also when no byte has to move', () => {
  const both = plannedSeeding([need('n1', 2), need('n2', 1, ['a', 'b'])], site);
  expect(both.sentence).toMatch(/; load what is whole into containerd of n2 \(2 images\)$/);
  const named = plannedSeeding([need('n2', 0, ['a'])], site);
  expect(named).toEqual({
    sentence: 'load what is whole into containerd of n2 (1 image)',
    predictedMs: 0,
  });
});
