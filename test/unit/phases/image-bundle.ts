import { digestOf } from '../../../installer/base/digest.ts';
import type { BundleArtifact, OpenBundle } from '../../../installer/bundle/bundle.ts';

/** A bundle that knows the names, versions and digests of images and nothing else. */
export function imageBundle(names: readonly string[]): OpenBundle {
  const artifact = (name: string): BundleArtifact => ({
    name,
    kind: 'image',
    digest: digestOf(name),
    sizeBytes: 1,
    version: 'v1.2.3',
    tag: 'v1.2.3',
    licence: 'none',
    sets: ['core'],
    source: 'memory',
  });
  const artifacts = names.map(artifact);
  return {
    digest: digestOf(names.join()),
    version: '1',
    artifacts,
    artifact: (name: string) => {
      const found = artifacts.find((candidate) => candidate.name === name);
      if (found === undefined) throw new Error(`the bundle of the test has no ${name}`);
      return found;
    },
    has: (name: string) => names.includes(name),
  } as unknown as OpenBundle;
}
