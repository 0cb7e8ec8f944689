import { type Digest, hexOf } from '../../base/digest.ts';
import { isPerimeterError } from '../../base/errors.ts';
import type { BlobStore } from '../../oci/blob-store.ts';
import type { DistributionClient } from '../../oci/distribution-client.ts';
import { downloadBlob } from '../../oci/download-blob.ts';
import { type ImageManifest, parseIndex, parseManifest } from '../../oci/manifest.ts';
import type { AttachmentKind } from '../bundle.ts';
import { type StoredAttachment, storedAttachment } from '../sbom/attach.ts';

export interface AttachedTo {
  readonly client: DistributionClient;
  readonly store: BlobStore;
  readonly repository: string;
  readonly signal?: AbortSignal | undefined;
}

/** More than this says nobody about one image; a registry that lists more is not followed further. */
const mostAttached = 64;

/**
 * Signatures and attestations that upstream attached to any of these digests, brought into the store: those that the registry lists
 * as referrers (or under the tag that stands for the list), and those under the tags of cosign.
 */
export async function attachedUpstream(
  digests: readonly Digest[],
  at: AttachedTo,
): Promise<readonly StoredAttachment[]> {
  const references = new Set<string>();
  for (const digest of digests) {
    for (const found of await listed(digest, at)) references.add(found);
    for (const suffix of ['sig', 'att', 'sbom']) {
      const tag = `sha256-${hexOf(digest)}.${suffix}`;
      if ((await at.client.manifestDigest(at.repository, tag, at.signal)) !== undefined) references.add(tag);
    }
  }
  const attached = new Map<Digest, StoredAttachment>();
  for (const reference of [...references].slice(0, mostAttached)) {
    const one = await bring(reference, at);
    if (one !== undefined) attached.set(one.attachment.digest, one);
  }
  return [...attached.values()];
}

async function listed(
  digest: Digest,
  { client, repository, signal }: AttachedTo,
): Promise<readonly Digest[]> {
  const list =
    (await client.referrers(repository, digest, signal)) ??
    (await listUnderTag(digest, { client, repository, signal }));
  return (list?.manifests ?? []).map((entry) => entry.digest);
}

async function listUnderTag(digest: Digest, { client, repository, signal }: Omit<AttachedTo, 'store'>) {
  const tag = `sha256-${hexOf(digest)}`;
  if ((await client.manifestDigest(repository, tag, signal)) === undefined) return undefined;
  const { content } = await client.pullManifest(repository, tag, signal);
  return parseIndex(String(content), `referrers of ${digest}`);
}

async function bring(
  reference: string,
  { client, store, repository, signal }: AttachedTo,
): Promise<StoredAttachment | undefined> {
  const { content } = await client.pullManifest(repository, reference, signal);
  const manifest = manifestOf(content, reference);
  if (manifest === undefined) return undefined;
  for (const part of [manifest.config, ...manifest.layers])
    await downloadBlob(client, repository, part, store, { signal });
  return storedAttachment(kindOf(reference, manifest), await store.put(content), manifest);
}

/** Undefined for lists of lists and the like, which no tool attaches. */
function manifestOf(content: Buffer, reference: string): ImageManifest | undefined {
  try {
    return parseManifest(String(content), reference);
  } catch (error) {
    if (isPerimeterError(error, 'E_BUNDLE_DAMAGED')) return undefined;
    throw error;
  }
}

function kindOf(reference: string, manifest: ImageManifest): AttachmentKind {
  if (reference.endsWith('.sig')) return 'signature';
  const annotations = { ...manifest.annotations, ...manifest.layers[0]?.annotations };
  const types = [
    manifest.artifactType,
    manifest.config.mediaType,
    ...manifest.layers.map((layer) => layer.mediaType),
  ];
  const says = `${reference} ${types.join(' ')} ${annotations['dev.sigstore.bundle.content'] ?? ''}`;
  return /\.att|\.sbom|in-toto|dsse|attestation|spdx|cyclonedx/.test(says) ? 'attestation' : 'signature';
}
