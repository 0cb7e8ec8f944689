import { distributions } from '../base/distributions.ts';
import type { BundleArtifact } from '../bundle/bundle.ts';
import type { BundleNeed } from './check.ts';

/** Layers are compressed to about a third; unpacked they lie beside their compressed blobs. What plans, checks and agents all reckon with. */
export const unpackedFactor = 3.5;
/** etcd, logs, images of later changes, and what Kubernetes keeps free for itself. */
const workingMib = 4096;
const bytesPerMib = 1024 * 1024;

/** What a node needs on its disk for all of the bundle: compressed, unpacked, and room to work. */
export function bundleNeed(
  artifacts: readonly Pick<BundleArtifact, 'name' | 'kind' | 'sizeBytes'>[],
): BundleNeed {
  const sizeBytes = artifacts
    .filter((artifact) => artifact.kind !== 'chart')
    .reduce((sum, artifact) => sum + artifact.sizeBytes, 0);
  const known = new Set(distributions.map((distribution) => distribution.packages));
  const packages = artifacts.map(({ name }) => name).filter((name) => known.has(name));
  return { sizeBytes, packages, freeMib: Math.ceil(unpackedToo(sizeBytes) / bytesPerMib) + workingMib };
}

/** Bytes on disk of so many compressed ones, once they are unpacked beside them. */
export function unpackedToo(compressedBytes: number): number {
  return Math.ceil(compressedBytes * (1 + unpackedFactor));
}
