import type { Readable } from 'node:stream';
import type { Digest } from '../base/digest.ts';
import type { ImageManifest } from '../oci/manifest.ts';

export type { ImageManifest };

export type ArtifactKind = 'image' | 'files' | 'debs' | 'chart';

/** What is attached to an artifact. `upstream`: the index that it was chosen from. The last three only come with mirrored ones. */
export const attachmentKinds = ['sbom', 'provenance', 'signature', 'attestation', 'upstream'] as const;
export type AttachmentKind = (typeof attachmentKinds)[number];

/** Something said about an artifact, in an OCI manifest of its own. It stays with the bundle: nodes never get it. */
export type Attachment = {
  readonly kind: AttachmentKind;
  /** Of the attachment's manifest. */
  readonly digest: Digest;
  /** Manifest, configuration and content together. */
  readonly sizeBytes: number;
};

/** One line of images.lock, and one entry of a bundle. */
export interface BundleArtifact {
  readonly name: string;
  readonly kind: ArtifactKind;
  /** Of the OCI manifest. */
  readonly digest: Digest;
  /** Manifest, configuration and layers together. */
  readonly sizeBytes: number;
  readonly version: string;
  /** The name under which an image is known besides its digest; fit for a registry. */
  readonly tag: string;
  /** SPDX expression. */
  readonly licence: string;
  readonly sets: readonly string[];
  /** Where it comes from: module@version, suite and packages, or folder. */
  readonly source: string;
  /** Sorted by kind, then digest; absent when nothing is attached. */
  readonly attachments?: readonly Attachment[];
}

export interface BlobDescriptor {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly mediaType: string;
}

/**
 * What a bundle holds, by the word of its signer: its index and every manifest were verified when it was opened. There is no way from
 * here to the content of a blob, which nobody need have looked at.
 */
export interface BundleListing {
  readonly path: string;
  /** Digest of the bundle's index: names the bundle as a whole. */
  readonly digest: Digest;
  readonly version: string;
  /** Bundles of one source are ordered by it: the higher, the newer. */
  readonly sequence: number;
  /** Of the bundle as one file. */
  readonly sizeBytes: number;
  /** Fingerprint of the key that signed the index. */
  readonly signedBy: string;
  readonly artifacts: readonly BundleArtifact[];
  /** Raises E_BUNDLE_DAMAGED with the name when the bundle does not hold it. */
  artifact(name: string): BundleArtifact;
  has(name: string): boolean;
  manifest(artifact: BundleArtifact): Promise<ImageManifest>;
  /** Every blob a node needs for an artifact, the manifest itself first. */
  blobs(artifact: BundleArtifact): Promise<readonly BlobDescriptor[]>;
  close(): Promise<void>;
}

/** A bundle whose every byte was verified when it was opened. Nothing else in the program takes content out of a bundle. */
export interface OpenBundle extends BundleListing {
  /** Reads a blob from `offset` (bytes, default 0) for `length` bytes (default to the end). */
  readBlob(digest: Digest, offset?: number, length?: number): Readable;
  /** A blob from `offset` (bytes) on. A piece is good only until the next one is asked for: its memory is used again. */
  blobPieces(digest: Digest, offset: number): AsyncIterable<Buffer>;
}

/** Repository path of an artifact, the same in the bundle, in containerd and in the site's registry. */
export function repositoryOf(artifactName: string): string {
  return `platform/${artifactName}`;
}

/** Image reference by digest on a site; `registry` is host and port. */
export function imageReference(registry: string, artifact: BundleArtifact): string {
  return `${registry}/${repositoryOf(artifact.name)}@${artifact.digest}`;
}
