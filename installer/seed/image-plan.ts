import type { SeedImage } from '../agent/protocol.ts';
import { type BundleArtifact, imageReference, type OpenBundle, repositoryOf } from '../bundle/bundle.ts';
import type { Site } from '../site/site.ts';
import { bootImagesOf } from './boot-images.ts';
import { isAskedForFirst, isBootSet, seededArtifacts } from './seed-plan.ts';

/** Which images: those that a cluster needs to start, or all others. */
export type SeedPart = 'boot' | 'rest';

/** The images of a bundle as containerd gets them, boot set first; `registry` is the site registry's host and port. */
export async function imagePlan(
  bundle: OpenBundle,
  registry: string,
  part?: SeedPart,
  bootImages?: ReadonlySet<string>,
): Promise<readonly SeedImage[]> {
  const images = seededArtifacts(bundle, bootImages).filter(
    (artifact) =>
      artifact.kind === 'image' &&
      (part === undefined || isBootSet(artifact, bootImages) === (part === 'boot')),
  );
  return Promise.all(images.map((artifact) => seedImage(bundle, registry, artifact, bootImages)));
}

/** The images of a part under the names by which a site asks for them. */
export function siteImages(
  { bundle, site }: { readonly bundle: OpenBundle; readonly site: Site },
  part: SeedPart,
): Promise<readonly SeedImage[]> {
  const { host, port } = site.endpoints.registry;
  return imagePlan(bundle, `${host}:${port}`, part, bootImagesOf(site, bundle));
}

/** One image of a bundle as containerd gets it; `registry` and `bootImages` as above. */
export async function seedImage(
  bundle: OpenBundle,
  registry: string,
  artifact: BundleArtifact,
  bootImages?: ReadonlySet<string>,
): Promise<SeedImage> {
  const manifest = await bundle.manifest(artifact);
  const [own] = await bundle.blobs(artifact);
  return {
    references: [
      imageReference(registry, artifact),
      `${registry}/${repositoryOf(artifact.name)}:${artifact.tag}`,
    ],
    manifest: {
      digest: artifact.digest,
      mediaType: manifest.mediaType,
      sizeBytes: own?.sizeBytes ?? 0,
    },
    config: { digest: manifest.config.digest, sizeBytes: manifest.config.size },
    layers: manifest.layers.map(({ digest, mediaType, size }) => ({ digest, mediaType, sizeBytes: size })),
    unpack: isAskedForFirst(artifact, bootImages),
  };
}
