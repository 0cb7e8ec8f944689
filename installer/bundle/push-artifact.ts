import { buffer } from 'node:stream/consumers';
import type { DistributionClient } from '../oci/distribution-client.ts';
import { type PushOptions, pushImage } from '../oci/push-image.ts';
import { type BundleArtifact, type OpenBundle, repositoryOf } from './bundle.ts';

/** Pushes an artifact of a bundle into a registry, as platform/<name> under its tag. Returns the bytes that were sent. */
export async function pushArtifact(
  bundle: OpenBundle,
  artifact: BundleArtifact,
  client: DistributionClient,
  options: PushOptions = {},
): Promise<number> {
  const [manifest, ...blobs] = await bundle.blobs(artifact);
  const content = await buffer(bundle.readBlob(artifact.digest));
  const image = {
    repository: repositoryOf(artifact.name),
    tag: artifact.tag,
    manifest: { content, mediaType: manifest?.mediaType ?? '' },
    blobs: blobs.map(({ digest, sizeBytes }) => ({
      digest,
      sizeBytes,
      read: (offset: number) => bundle.blobPieces(digest, offset),
    })),
  };
  return await pushImage(client, image, options);
}
