import type { Digest } from '../base/digest.ts';
import type { BundleArtifact, OpenBundle } from '../bundle/bundle.ts';

/** One blob as the nodes get it. */
export interface SeedBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly mediaType: string;
  /** Playbooks unpack it out of the seed store, so containerd's copy would not do. */
  readonly keep: boolean;
  /** 0 is the boot set: what a cluster needs to start. */
  readonly group: number;
}

/** Sets whose images a cluster needs before it can fetch anything by itself. */
const bootSets = ['core', 'registry'];

/** Images in the order in which a starting cluster asks for them; the rest of the boot set follows. */
const bootOrder = [
  'pause',
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-router',
  'kube-proxy',
  'coredns',
  'local-path-provisioner',
  'registry',
];

const nothingMore: ReadonlySet<string> = new Set();

/**
 * What travels to the nodes: every image, and the files and packages that are for nodes. The agent's runtime goes ahead of it. `bootImages`:
 * names of artifacts that belong to the boot set here too.
 */
export function seededArtifacts(bundle: OpenBundle, bootImages = nothingMore): readonly BundleArtifact[] {
  return bundle.artifacts
    .filter((artifact) => artifact.kind === 'image' || isForNodes(artifact))
    .map((artifact) => ({ artifact, rank: rankOf(artifact, bootImages) }))
    .toSorted((a, b) => a.rank - b.rank || (a.artifact.name < b.artifact.name ? -1 : 1))
    .map(({ artifact }) => artifact);
}

/** Every blob of the seeded artifacts once, in the order in which it is sent. */
export async function seedBlobs(bundle: OpenBundle, bootImages = nothingMore): Promise<readonly SeedBlob[]> {
  const blobs = new Map<Digest, SeedBlob>();
  for (const artifact of seededArtifacts(bundle, bootImages)) {
    const keep = artifact.kind !== 'image';
    const group = isBootSet(artifact, bootImages) ? 0 : 1;
    for (const { digest, sizeBytes, mediaType } of await bundle.blobs(artifact)) {
      const known = blobs.get(digest);
      if (known === undefined) blobs.set(digest, { digest, sizeBytes, mediaType, keep, group });
      else if (keep && !known.keep) blobs.set(digest, { ...known, keep });
    }
  }
  return [...blobs.values()];
}

/** What a cluster needs to start, and everything that lies on nodes. */
export function isBootSet(artifact: BundleArtifact, bootImages = nothingMore): boolean {
  return (
    isForNodes(artifact) ||
    bootImages.has(artifact.name) ||
    artifact.sets.some((set) => bootSets.includes(set))
  );
}

/** Images that the containers of a starting cluster are made of; others of the boot set are there for what comes up later. */
export function isAskedForFirst({ name }: BundleArtifact, bootImages = nothingMore): boolean {
  return bootOrder.includes(name) || bootImages.has(name);
}

function isForNodes(artifact: BundleArtifact): boolean {
  const unpackedOnNodes = artifact.kind === 'files' || artifact.kind === 'debs';
  return unpackedOnNodes && artifact.name.startsWith('node-') && artifact.name !== 'node-runtime';
}

function rankOf(artifact: BundleArtifact, bootImages: ReadonlySet<string>): number {
  if (isForNodes(artifact)) return 0;
  if (!isBootSet(artifact, bootImages)) return bootOrder.length + 2;
  const place = bootOrder.indexOf(artifact.name);
  return place === -1 ? bootOrder.length + 1 : place + 1;
}
