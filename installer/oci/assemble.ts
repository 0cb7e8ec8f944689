import { canonicalJson, type Digest } from '../base/digest.ts';
import type { BlobStore } from './blob-store.ts';
import type { ImageConfig, ImageManifest, OciDescriptor } from './manifest.ts';
import { artifactTypeOf, mediaTypes } from './media-types.ts';
import type { WrittenLayer } from './write-layer.ts';

export interface AssembledArtifact {
  /** Of the manifest. */
  readonly digest: Digest;
  readonly manifest: ImageManifest;
  /** Manifest, configuration and layers together, each blob once. */
  readonly sizeBytes: number;
}

/** The moment that every image says it was made at: nothing may depend on the clock. */
const created = '1970-01-01T00:00:00Z';

/** Writes configuration and manifest of a runnable image whose layers are in the store already, lowest first. */
export async function assembleImage(
  store: BlobStore,
  layers: readonly WrittenLayer[],
  config: ImageConfig['config'],
  annotations: Readonly<Record<string, string>>,
): Promise<AssembledArtifact> {
  const image: ImageConfig = {
    created,
    architecture: 'amd64',
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
  };
  const stored = await store.put(canonicalJson(image));
  return await writeManifest(store, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.imageConfig, digest: stored.digest, size: stored.sizeBytes },
    layers: layers.map((layer) => layer.descriptor),
    annotations,
  });
}

export interface ArtifactInput {
  readonly kind: 'files' | 'debs' | 'chart';
  readonly layers: readonly OciDescriptor[];
  readonly annotations: Readonly<Record<string, string>>;
  /** Default: OCI's empty configuration. */
  readonly config?: { readonly mediaType: string; readonly content: string };
}

/** Writes the manifest of something that is no image but travels like one. */
export async function assembleArtifact(store: BlobStore, input: ArtifactInput): Promise<AssembledArtifact> {
  const config = input.config ?? { mediaType: mediaTypes.emptyConfig, content: '{}' };
  const stored = await store.put(config.content);
  return await writeManifest(store, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: artifactTypeOf(input.kind),
    config: { mediaType: config.mediaType, digest: stored.digest, size: stored.sizeBytes },
    layers: input.layers,
    annotations: input.annotations,
  });
}

async function writeManifest(store: BlobStore, manifest: ImageManifest): Promise<AssembledArtifact> {
  const stored = await store.put(canonicalJson(manifest));
  return { digest: stored.digest, manifest, sizeBytes: stored.sizeBytes + contentSize(manifest) };
}

/** Bytes of configuration and layers; a blob that is named twice counts once. */
export function contentSize(manifest: ImageManifest): number {
  const sizes = new Map(
    [manifest.config, ...manifest.layers].map((descriptor) => [descriptor.digest, descriptor.size]),
  );
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
