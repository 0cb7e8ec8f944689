import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { digestOf } from '../../../installer/base/digest.ts';
import { cacheDirectory } from '../../../installer/base/files.ts';
import { repositoryOf } from '../../../installer/bundle/bundle.ts';
import { type MadeArtifact, madeBundle } from '../../fixtures/made-bundle.ts';

/** What all arms of the benchmark carry: the same images, as a bundle, as an archive for `ctr images import`, and by size. */
export interface Corpus {
  readonly artifacts: readonly MadeArtifact[];
  readonly blobDirectory: string;
  readonly archive: string;
  readonly layout: string;
  readonly images: readonly { readonly name: string; readonly repository: string }[];
  readonly totalBytes: number;
  readonly bootBytes: number;
}

const imageCount = 25;
const baseLayers = 8;
const bootImages = 8;

/**
 * 25 images with 8 shared base layers; sizes from a kilobyte to 150 MB, the same for the same total. The payload cannot be
 * compressed, so links and disks see honest bytes.
 */
function corpusArtifacts(totalBytes: number): readonly MadeArtifact[] {
  const shares = Array.from(
    { length: imageCount * 2 },
    (_unused, index) => 1 / (1 + ((index * 7) % 31)) ** 1.3,
  );
  const sum = shares.reduce((total, share) => total + share, 0);
  const base = Array.from({ length: baseLayers }, (_unused, index) => ({
    bytes: Math.round((totalBytes * 0.2) / baseLayers),
    salt: `base ${index}`,
  }));
  return Array.from({ length: imageCount }, (_unused, index) => {
    const own = [0, 1].map((layer) => ({
      bytes: Math.max(1000, Math.round((0.8 * totalBytes * (shares[index * 2 + layer] ?? 0)) / sum)),
      salt: `own ${index} ${layer}`,
    }));
    const shared = [base[index % baseLayers], base[(index + 3) % baseLayers]].filter(
      (one) => one !== undefined,
    );
    const name = `bench-${String(index).padStart(2, '0')}`;
    return { name, sets: index < bootImages ? ['core'] : ['apps'], layers: [...shared, ...own] };
  });
}

/** The images as an earlier version had them: layers of their own that make up to this share of all bytes were others. */
export function earlierImages(
  { artifacts, totalBytes }: Corpus,
  share: number,
): { readonly artifacts: readonly MadeArtifact[]; readonly changedBytes: number } {
  let changedBytes = 0;
  const earlier = artifacts.map((artifact) => ({
    ...artifact,
    layers: artifact.layers.map((layer) => {
      if (!('salt' in layer) || !layer.salt.startsWith('own')) return layer;
      if (changedBytes + layer.bytes > share * totalBytes) return layer;
      changedBytes += layer.bytes;
      return { ...layer, salt: `${layer.salt}, earlier` };
    }),
  }));
  return { artifacts: earlier, changedBytes };
}

export async function makeCorpus(totalBytes: number): Promise<Corpus> {
  const artifacts = corpusArtifacts(totalBytes);
  const folder = cacheDirectory('bench', `corpus-${digestOf(JSON.stringify(artifacts)).slice(7, 19)}`);
  const layout = join(folder, 'layout');
  const blobDirectory = join(layout, 'blobs', 'sha256');
  await mkdir(blobDirectory, { recursive: true });
  const bundle = madeBundle(artifacts, blobDirectory);
  const manifests = await Promise.all(
    bundle.artifacts.map(async (artifact) => {
      const [own] = await bundle.blobs(artifact);
      return {
        mediaType: own?.mediaType,
        digest: artifact.digest,
        size: own?.sizeBytes,
        annotations: {
          'io.containerd.image.name': `bench.internal/${repositoryOf(artifact.name)}:v1`,
          'org.opencontainers.image.ref.name': artifact.name,
        },
      };
    }),
  );
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  const archive = join(folder, 'corpus.tar');
  if (!existsSync(archive)) {
    await execa('tar', ['-cf', `${archive}.tmp`, '-C', layout, 'oci-layout', 'index.json', 'blobs']);
    await rename(`${archive}.tmp`, archive);
  }
  const sizes = new Map<string, { bytes: number; boot: boolean }>();
  for (const artifact of bundle.artifacts) {
    const boot = artifact.sets.includes('core');
    for (const { digest, sizeBytes } of await bundle.blobs(artifact)) {
      sizes.set(digest, { bytes: sizeBytes, boot: boot || (sizes.get(digest)?.boot ?? false) });
    }
  }
  const total = (all: boolean): number =>
    [...sizes.values()].filter(({ boot }) => all || boot).reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    artifacts,
    blobDirectory,
    archive,
    layout,
    images: bundle.artifacts.map(({ name }) => ({ name, repository: repositoryOf(name) })),
    totalBytes: total(true),
    bootBytes: total(false),
  };
}
