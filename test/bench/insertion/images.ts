import { link, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { SeedImage } from '../../../installer/agent/protocol.ts';
import { indexFile, layoutFile, layoutText } from '../../../installer/oci/layout-tar.ts';
import { imagePlan } from '../../../installer/seed/image-plan.ts';
import { type MadeLayer, madeBundle } from '../../fixtures/made-bundle.ts';

/** The same images twice: as blobs by their digests, as a seed store has them, and as an archive for `ctr images import`. */
export interface InsertedImages {
  readonly images: readonly SeedImage[];
  readonly blobs: number;
  readonly archive: string;
  /** Makes a seed store that has received everything; by hard link, so that it costs neither time nor room. */
  fillSeedStore(seedDirectory: string): Promise<void>;
}

/** Two images of three and two layers, all of one size and of noise. */
export async function makeImages(folder: string, totalBytes: number): Promise<InsertedImages> {
  const layer = (salt: string): MadeLayer => ({ bytes: Math.round(totalBytes / 5), salt });
  const layout = join(folder, 'layout');
  const blobDirectory = join(layout, 'blobs', 'sha256');
  const bundle = madeBundle(
    [
      { name: 'three', layers: ['a', 'b', 'c'].map(layer) },
      { name: 'two', layers: ['d', 'e'].map(layer) },
    ],
    blobDirectory,
  );
  const images = await imagePlan(bundle, 'registry.bench.internal:30500');
  const manifests = images.map(({ references, manifest: { mediaType, digest, sizeBytes } }) => ({
    mediaType,
    digest,
    size: sizeBytes,
    annotations: { 'io.containerd.image.name': references.at(-1) },
  }));
  await writeFile(join(layout, layoutFile), layoutText);
  await writeFile(join(layout, indexFile), JSON.stringify({ schemaVersion: 2, manifests }));
  const archive = join(folder, 'images.tar');
  await execa('tar', ['-cf', archive, '-C', layout, layoutFile, indexFile, 'blobs']);
  const names = await readdir(blobDirectory);
  return {
    images,
    blobs: names.length,
    archive,
    async fillSeedStore(seedDirectory) {
      const received = join(seedDirectory, 'blobs', 'sha256');
      await mkdir(received, { recursive: true });
      for (const name of names) await link(join(blobDirectory, name), join(received, name));
    },
  };
}
