import { type NodePlaces, nodePlaces } from '../agent/paths.ts';
import type { SeedImage } from '../agent/protocol.ts';
import type { HostView } from '../hosts/host.ts';
import { missingBlobs, readHeldBlobs } from './held-blobs.ts';
import { missingImages } from './missing-images.ts';
import type { SeedBlob } from './seed-plan.ts';

/** What one node lacks. */
export interface NodeNeed {
  readonly node: string;
  readonly blobs: number;
  readonly bytes: number;
  /** First names of images that its containerd lacks; none where no containerd answers, which is given them later. */
  readonly images: readonly string[];
}

/** Asks a node what it has of these blobs and images. No agent is started for it: a node that has everything is done in no time. */
export async function nodeNeed(
  host: HostView,
  blobs: readonly SeedBlob[],
  images: readonly SeedImage[],
  places: NodePlaces = nodePlaces,
): Promise<NodeNeed> {
  const [held, unloaded] = await Promise.all([
    readHeldBlobs(host, places),
    images.length === 0 ? [] : missingImages(host, images, places.containerdSocket),
  ]);
  const missing = missingBlobs(blobs, held);
  return {
    node: host.name,
    blobs: missing.length,
    bytes: missing.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    images: (unloaded ?? []).map(firstName),
  };
}

/** Whether a node lacks anything at all. */
export function isNeedy({ blobs, images }: NodeNeed): boolean {
  return blobs > 0 || images.length > 0;
}

/** By which an image is told from others in plans. */
export function firstName({ references }: SeedImage): string {
  return references[0] ?? '';
}
