import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { hexOf } from '../base/digest.ts';
import { readPieces } from '../base/read-pieces.ts';
import { DistributionClient } from '../oci/distribution-client.ts';
import { pushImage } from '../oci/push-image.ts';
import { containerdRoot, contentStoreDirectory } from './paths.ts';
import { imageSchema } from './protocol.ts';

export const pushInputSchema = z.strictObject({
  registry: z.strictObject({
    url: z.url(),
    /** Connect here; the name in the URL is for the certificate. */
    address: z.string(),
    /** PEM. */
    authority: z.string(),
    username: z.string(),
    /** Secret: it only ever travels on standard input. */
    password: z.string(),
  }),
  repository: z.string(),
  tag: z.string(),
  image: imageSchema.omit({ references: true, unpack: true }),
  /** Repositories that hold some of the blobs already: such a blob is taken over there and not sent again. */
  heldBy: z.record(z.string(), z.string()),
});
export type PushInput = z.infer<typeof pushInputSchema>;

export const pushResultSchema = z.strictObject({ sentBytes: z.number(), ms: z.number() });
export type PushResult = z.infer<typeof pushResultSchema>;

/** Brings an image that this node's containerd holds into a registry. What the registry has already is not sent. */
export async function pushHeldImage(input: PushInput, root = containerdRoot): Promise<PushResult> {
  const startedAt = performance.now();
  const { url, address, authority, username, password } = input.registry;
  const client = new DistributionClient({ url, address, ca: authority, credentials: { username, password } });
  const { manifest, config, layers } = input.image;
  const pathOf = (digest: typeof manifest.digest): string =>
    `${contentStoreDirectory(root)}/${hexOf(digest)}`;
  try {
    const image = {
      repository: input.repository,
      tag: input.tag,
      manifest: { content: await readFile(pathOf(manifest.digest)), mediaType: manifest.mediaType },
      blobs: [config, ...layers].map(({ digest, sizeBytes }) => ({
        digest,
        sizeBytes,
        read: (offset: number) => readPieces(pathOf(digest), offset, sizeBytes),
      })),
    };
    const sentBytes = await pushImage(client, image, { heldBy: ({ digest }) => input.heldBy[digest] });
    return { sentBytes, ms: performance.now() - startedAt };
  } finally {
    client.close();
  }
}
