import { canonicalJson } from '../../base/digest.ts';
import { contentSize } from '../../oci/assemble.ts';
import type { BlobStore, StoredBlob } from '../../oci/blob-store.ts';
import type { ImageManifest, OciDescriptor } from '../../oci/manifest.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import type { Attachment } from '../bundle.ts';
import { attachmentTypes } from '../bundle-index.ts';

/** An attachment with all its blobs, its manifest first. */
export interface StoredAttachment {
  readonly attachment: Attachment;
  readonly blobs: readonly StoredBlob[];
}

/** Writes something about an artifact into the store, as a manifest whose subject is the artifact's. */
export async function attach(
  store: BlobStore,
  kind: keyof typeof attachmentTypes,
  subject: OciDescriptor,
  parts: readonly OciDescriptor[],
  annotations: Readonly<Record<string, string>> = {},
): Promise<StoredAttachment> {
  const config = await store.put('{}');
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: attachmentTypes[kind],
    config: { mediaType: mediaTypes.emptyConfig, digest: config.digest, size: config.sizeBytes },
    layers: parts,
    subject,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
  const stored = await store.put(canonicalJson(manifest));
  return storedAttachment(kind, stored, manifest);
}

export function storedAttachment(
  kind: Attachment['kind'],
  own: StoredBlob,
  manifest: ImageManifest,
): StoredAttachment {
  const parts = new Map([manifest.config, ...manifest.layers].map((part) => [part.digest, part.size]));
  const sizeBytes = own.sizeBytes + contentSize(manifest);
  return {
    attachment: { kind, digest: own.digest, sizeBytes },
    blobs: [own, ...[...parts].map(([digest, size]) => ({ digest, sizeBytes: size }))],
  };
}
