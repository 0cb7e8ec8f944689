import type { Digest } from '../../base/digest.ts';
import type { LoadResult, SeedImage } from '../protocol.ts';
import type { SeedStore } from '../seed-store.ts';
import { Containerd } from './containerd.ts';
import { loadImage } from './load-image.ts';

/** Blobs that are still on their way here, and those that are needed beside containerd's own copy. */
export interface Arriving {
  /** Resolves when all of the image is here; raises why it never will be. */
  whole(image: SeedImage): Promise<void>;
  /** Whether a playbook is still to unpack this blob out of the seed store. */
  keeps(digest: Digest): boolean;
}

export interface Loading {
  readonly images: readonly SeedImage[];
  readonly store: SeedStore;
  readonly socket: string;
  /** Absent when everything is here already. */
  readonly arriving?: Arriving | undefined;
}

/** Puts images into containerd one by one, each as soon as it is whole here: what has come waits for nothing that has not. */
export async function loadImages({ images, store, socket, arriving }: Loading): Promise<LoadResult> {
  const startedAt = performance.now();
  const counts = { adopted: 0, streamed: 0, present: 0 };
  const containerd = new Containerd(socket);
  try {
    await containerd.leased(async (lease) => {
      for (const image of images) {
        await arriving?.whole(image);
        await loadImage(containerd, store, image, lease, (how) => {
          counts[how] += 1;
        });
      }
    });
  } finally {
    containerd.close();
  }
  await forgetLoaded(images, store, arriving);
  return { ...counts, ms: performance.now() - startedAt };
}

/** Only now: until the records stood and the lease was gone, the seed store was what a next run would start from. */
async function forgetLoaded(
  images: readonly SeedImage[],
  store: SeedStore,
  arriving: Arriving | undefined,
): Promise<void> {
  for (const { digest, sizeBytes } of images.flatMap((image) => [
    image.manifest,
    image.config,
    ...image.layers,
  ])) {
    if (arriving?.keeps(digest) !== true) await store.handOver(digest, sizeBytes);
  }
}
