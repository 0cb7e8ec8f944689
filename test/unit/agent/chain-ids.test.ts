import { expect, test } from 'vitest';
import { chainIds } from '../../../installer/agent/containerd/chain-ids.ts';
import { digestOf } from '../../../installer/base/digest.ts';

const [a, b, c] = ['a', 'b', 'c'].map((word) => digestOf(word)) as [
  `sha256:${string}`,
  `sha256:${string}`,
  `sha256:${string}`,
];

test('the lowest layer goes by its own digest, each above it by that of the two names', () => {
  const ab = digestOf(`${a} ${b}`);
  expect(chainIds([a, b, c])).toEqual([a, ab, digestOf(`${ab} ${c}`)]);
  expect(chainIds([])).toEqual([]);
});

test('what images share from the bottom up has one name, and the same layer elsewhere another', () => {
  expect(chainIds([a, b, c]).slice(0, 2)).toEqual(chainIds([a, b]));
  expect(chainIds([b, a])).not.toContain(chainIds([a, b])[1]);
});
