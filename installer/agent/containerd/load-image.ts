import { link, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Digest } from '../../base/digest.ts';
import { PerimeterError } from '../../base/errors.ts';
import { imageLabels, referenceLabels } from '../image-labels.ts';
import type { SeedImage } from '../protocol.ts';
import type { SeedStore } from '../seed-store.ts';
import type { Containerd, ImageRecord } from './containerd.ts';
import type { Written } from './content-writer.ts';

/** Puts one image into containerd: its parts first, then the manifest that refers to them, then its names. */
export async function loadImage(
  containerd: Containerd,
  store: SeedStore,
  image: SeedImage,
  lease: string,
  count: (how: Written) => void,
): Promise<void> {
  for (const part of [...image.layers, image.config]) {
    count(await insert(containerd, store, part, {}, lease));
  }
  const labels = referenceLabels(image);
  const how = await insert(containerd, store, image.manifest, labels, lease);
  if (how === 'present') await containerd.setContentLabels(image.manifest.digest, labels);
  count(how);
  for (const record of imageRecords(image)) await containerd.putImage(record, lease);
}

async function insert(
  containerd: Containerd,
  store: SeedStore,
  blob: { readonly digest: Digest; readonly sizeBytes: number },
  labels: Readonly<Record<string, string>>,
  lease: string,
): Promise<Written> {
  const path = await store.find(blob.digest, blob.sizeBytes);
  if (path === undefined) {
    if ((await containerd.contentLabels(blob.digest)) !== undefined) return 'present';
    throw new PerimeterError('E_SEED', {
      message: `Blob ${blob.digest} is neither in the seed store nor in containerd.`,
      hint: 'Run the same command again: seeding brings what is missing.',
      retryable: true,
    });
  }
  await offerFile(path, store.contentPath(blob.digest));
  return containerd.write({ ...blob, path, labels }, lease);
}

/** Gives containerd the verified file under its own name, without copying; where that cannot be, the bytes are streamed. */
async function offerFile(path: string, contentPath: string): Promise<void> {
  if (path === contentPath) return;
  await mkdir(dirname(contentPath), { recursive: true });
  await link(path, contentPath).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST' && error.code !== 'EXDEV' && error.code !== 'EPERM') throw error;
  });
}

function imageRecords(image: SeedImage): readonly ImageRecord[] {
  const { mediaType, digest, sizeBytes } = image.manifest;
  return image.references.map((name) => ({
    name,
    labels: imageLabels,
    target: { mediaType, digest, size: sizeBytes },
  }));
}
