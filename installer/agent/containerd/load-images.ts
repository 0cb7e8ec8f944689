import type { Digest } from '../../base/digest.ts';
import type { LoadResult, SeedImage } from '../protocol.ts';
import type { SeedStore } from '../seed-store.ts';
import { isNoService } from './connection.ts';
import { Containerd } from './containerd.ts';
import { importByTool, toolAnswers } from './import-by-tool.ts';
import { loadImage } from './load-image.ts';
import { notUnpacked, UnpackAhead, type Unpacked } from './unpack-ahead.ts';

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
  /** Where those that are unpacked ahead go, when it is not where containerd's CRI puts them by itself. */
  readonly snapshotter?: string;
  /** containerd's own tool, for when its socket does not understand us. */
  readonly tool?: string;
  /** For the person who watches. */
  note?(text: string): void;
}

type Counts = { adopted: number; streamed: number; present: number };
interface Loaded {
  readonly counts: Counts;
  readonly unpacked: Unpacked;
}

/**
 * Puts images into containerd one by one, each as soon as it is whole here: what has come waits for nothing that has not. Those that a
 * cluster starts with are unpacked behind that. Raises E_CONTAINERD, E_SEED and, once all are loaded, E_DISK_FULL when they cannot be
 * unpacked for want of room.
 */
export async function loadImages(loading: Loading): Promise<LoadResult> {
  const startedAt = performance.now();
  const loaded = await loadBySocket(loading).catch((error: unknown) => loadByTool(loading, error));
  await forgetLoaded(loading.images, loading.store, loading.arriving);
  const { counts, unpacked } = loaded;
  if (unpacked.failure !== undefined) throw unpacked.failure;
  return {
    ...counts,
    unpacked: unpacked.images,
    unpackMs: unpacked.ms,
    ms: performance.now() - startedAt,
  };
}

async function loadBySocket(loading: Loading): Promise<Loaded> {
  const { images, store, socket, arriving } = loading;
  const counts = noneYet();
  const containerd = new Containerd(socket);
  try {
    const unpacked = await containerd.leased(async (lease) => {
      const ahead = images.some(({ unpack }) => unpack)
        ? new UnpackAhead({ ...loading, containerd, lease })
        : undefined;
      try {
        for (const image of images) {
          await arriving?.whole(image);
          await loadImage(containerd, store, image, lease, (how) => {
            counts[how] += 1;
          });
          if (image.unpack) ahead?.add(image);
        }
        return (await ahead?.finish()) ?? notUnpacked;
      } finally {
        await ahead?.stop();
      }
    });
    return { counts, unpacked };
  } finally {
    containerd.close();
  }
}

/** The way that every version of containerd knows, and a slow one: all of an image is read, hashed and written again. */
async function loadByTool(loading: Loading, error: unknown): Promise<Loaded> {
  const { images, store, socket, arriving, tool: program = 'ctr', note } = loading;
  const tool = { program, socket };
  if (!isNoService(error) || !(await toolAnswers(tool))) throw error;
  // It may only have been starting anew. What went in before is there already.
  const again = await loadBySocket(loading).catch((second: unknown) => {
    if (!isNoService(second)) throw second;
    return undefined;
  });
  if (again !== undefined) return again;
  note?.(
    `${error.message}; so images go in by \`ctr images import\`, which copies every blob and takes several times as long`,
  );
  const counts = noneYet();
  for (const image of images) {
    await arriving?.whole(image);
    await importByTool(tool, store, image);
    counts.streamed += image.layers.length + 2;
  }
  return { counts, unpacked: notUnpacked };
}

function noneYet(): Counts {
  return { adopted: 0, streamed: 0, present: 0 };
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
