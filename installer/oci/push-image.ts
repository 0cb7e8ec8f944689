import { digestOf } from '../base/digest.ts';
import { mapParallel } from '../base/parallel.ts';
import type { BlobSource, DistributionClient } from './distribution-client.ts';
import { mostConnections } from './registry-http.ts';

export interface PushedImage {
  readonly repository: string;
  readonly tag: string;
  readonly manifest: { readonly content: Buffer; readonly mediaType: string };
  /** Configuration and layers. */
  readonly blobs: readonly BlobSource[];
}

export interface PushOptions {
  readonly signal?: AbortSignal;
  /** Bytes sent so far, over all blobs. */
  readonly onProgress?: (bytes: number) => void;
  /** Repository that holds a blob already, if one is known: it is mounted from there and not sent. */
  readonly heldBy?: (blob: BlobSource) => string | undefined;
}

/** Brings an image into a registry: blobs that it lacks, then the manifest under its tag. Returns the bytes that were sent. */
export async function pushImage(
  client: DistributionClient,
  image: PushedImage,
  options: PushOptions = {},
): Promise<number> {
  const { signal } = options;
  const { content, mediaType } = image.manifest;
  // A registry takes a manifest only when it has all that the manifest names: one that is there stands for all of it.
  if ((await client.manifestDigest(image.repository, image.tag, signal)) === digestOf(content)) return 0;
  const progress = new Map<string, number>();
  // As many at once as a client has connections: so the registry never waits for one.
  const sent = await mapParallel(image.blobs, mostConnections, async (blob) => {
    const onProgress = (bytes: number): void => {
      progress.set(blob.digest, bytes);
      options.onProgress?.([...progress.values()].reduce((sum, one) => sum + one, 0));
    };
    const from = options.heldBy?.(blob);
    const isSent = await client.pushBlob(image.repository, blob, { signal, onProgress, from });
    return isSent ? blob.sizeBytes : 0;
  });
  await client.pushManifest(image.repository, image.tag, content, mediaType, signal);
  return sent.reduce((sum, bytes) => sum + bytes, 0);
}
