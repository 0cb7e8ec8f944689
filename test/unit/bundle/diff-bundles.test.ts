import { beforeAll, expect, it } from 'vitest';
import type { BundleArtifact } from '../../../installer/bundle/bundle.ts';
import { type ComparedBundle, describeDiff, diffBundles } from '../../../installer/bundle/diff-bundles.ts';
import { type MadeArtifact, madeBundle } from '../../fixtures/made-bundle.ts';

const image = (name: string, salt: string, bytes = 1000): MadeArtifact => ({
  name,
  layers: [{ bytes, salt }],
});

/** A made bundle with some facts of its artifacts replaced. */
async function bundleOf(
  artifacts: readonly MadeArtifact[],
  facts: Readonly<Record<string, Partial<BundleArtifact>>> = {},
): Promise<ComparedBundle> {
  const made = madeBundle(artifacts);
  const changed = made.artifacts.map((artifact) => ({ ...artifact, ...facts[artifact.name] }));
  const blobs = await Promise.all(made.artifacts.map((artifact) => made.blobs(artifact)));
  return {
    ...made,
    artifacts: changed,
    artifact: (name) => changed.find((one) => one.name === name) as BundleArtifact,
    layoutBlobs: blobs.flat(),
  };
}

let before: ComparedBundle;
let after: ComparedBundle;
beforeAll(async () => {
  before = await bundleOf(
    [
      image('etcd', 'a'),
      image('gone', 'b', 5000),
      image('same', 'c'),
      image('down', 'd'),
      image('again', 'e'),
    ],
    { etcd: { version: 'v3.9.0' }, down: { version: 'v2.0.0' } },
  );
  after = await bundleOf(
    [
      image('etcd', 'a2', 3000),
      image('fresh', 'f', 7000),
      image('same', 'c'),
      image('down', 'd2'),
      image('again', 'e2'),
    ],
    { etcd: { version: 'v3.10.0', licence: 'MIT' }, down: { version: 'v1.9.9' } },
  );
});

it('tells what was added, removed, raised, lowered and rebuilt, and what must be carried', () => {
  const diff = diffBundles(before, after);
  expect(diff.changes.map(({ name, what }) => [name, what])).toEqual([
    ['again', 'rebuilt'],
    ['down', 'older'],
    ['etcd', 'newer'],
    ['fresh', 'added'],
    ['gone', 'removed'],
  ]);
  expect(diff.unchanged).toBe(1);
  expect(diff.carryBytes).toBeGreaterThan(3000 + 7000 + 1000 + 1000);
  expect(diff.carryBytes).toBeLessThan(15_000);
  const text = describeDiff(diff).join('\n');
  expect(text).toContain('Added (1)\n  fresh v1, 7');
  expect(text).toContain('Removed (1)\n  gone v1, 5');
  expect(text).toContain(
    'Newer version (1)\n  etcd: v3.9.0 to v3.10.0, 2.0 kB larger\n    licence: Apache-2.0 becomes MIT',
  );
  expect(text).toContain('OLDER version (1)\n  down: v2.0.0 to v1.9.9');
  expect(text).toContain('Unchanged: 1 artifact.');
});

it('says so when nothing differs', () => {
  const diff = diffBundles(before, before);
  expect(diff).toMatchObject({ changes: [], carryBytes: 0 });
  expect(describeDiff(diff)[0]).toBe('Both hold the same artifacts.');
});
