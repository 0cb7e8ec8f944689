import { canonicalJson, type Digest, digestOf } from '../base/digest.ts';
import type { OciIndex } from '../oci/manifest.ts';
import { annotationKeys, artifactTypeOf, mediaTypes } from '../oci/media-types.ts';
import { type BlobChunks, formatBlobChunks } from './blob-chunks.ts';
import {
  type ArtifactKind,
  type Attachment,
  type AttachmentKind,
  attachmentKinds,
  type BundleArtifact,
  repositoryOf,
} from './bundle.ts';

/** Raise it when an older program could not read a bundle of today. */
export const bundleFormat = '2';

type IndexEntry = OciIndex['manifests'][number];

/** Artifact and size in bytes of each manifest alone: its own, and those of its attachments by digest. */
export interface IndexedArtifact {
  readonly artifact: BundleArtifact;
  readonly manifestBytes: number;
  /** Of its manifest, where that is not OCI's: images taken over from a registry may be older than OCI. */
  readonly manifestType?: string;
  readonly attachmentBytes: ReadonlyMap<Digest, number>;
}

export interface BundleFacts {
  readonly version: string;
  /** Of images.lock; a site takes no bundle with a lower one than it had. */
  readonly sequence: number;
  /** The sets and single artifacts that were chosen; both empty: everything. */
  readonly sets: readonly string[];
  readonly names: readonly string[];
}

/**
 * The text of index.json: every artifact with all that is known about it, sorted by name, and behind them what is attached to
 * them, so that tools which know only OCI's referrers find it. The same artifacts give the same text.
 * It carries a digest of itself, so that a damaged byte shows even where no list of digests is at hand.
 */
export function formatBundleIndex(
  facts: BundleFacts,
  artifacts: readonly IndexedArtifact[],
  chunks: BlobChunks,
): string {
  const sorted = artifacts.toSorted((a, b) => (a.artifact.name < b.artifact.name ? -1 : 1));
  const index: OciIndex = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [...sorted.map(entryOf), ...sorted.flatMap(attachmentEntries)],
    annotations: {
      [annotationKeys.bundleVersion]: facts.version,
      [annotationKeys.bundleSequence]: String(facts.sequence),
      [annotationKeys.bundleFormat]: bundleFormat,
      [annotationKeys.bundleSets]: facts.sets.toSorted().join(','),
      [annotationKeys.bundleNames]: facts.names.toSorted().join(','),
      [annotationKeys.bundleChunks]: formatBlobChunks(chunks),
    },
  };
  return withOwnDigest(index);
}

function withOwnDigest(index: OciIndex): string {
  const digest = digestOf(canonicalJson(index));
  return canonicalJson({
    ...index,
    annotations: { ...index.annotations, [annotationKeys.indexDigest]: digest },
  });
}

/** True when the text is, byte for byte, what was once written. */
export function isIntactIndex(text: string, index: OciIndex): boolean {
  const { [annotationKeys.indexDigest]: _told, ...annotations } = index.annotations ?? {};
  return withOwnDigest({ ...index, annotations }) === text;
}

function entryOf({ artifact, manifestBytes, manifestType }: IndexedArtifact): IndexEntry {
  return {
    mediaType: manifestType ?? mediaTypes.manifest,
    ...(artifact.kind === 'image' ? {} : { artifactType: artifactTypeOf(artifact.kind) }),
    digest: artifact.digest,
    size: manifestBytes,
    annotations: {
      [annotationKeys.refName]: `${repositoryOf(artifact.name)}:${artifact.tag}`,
      [annotationKeys.artifactName]: artifact.name,
      [annotationKeys.artifactKind]: artifact.kind,
      [annotationKeys.artifactSets]: artifact.sets.toSorted().join(','),
      [annotationKeys.artifactSize]: String(artifact.sizeBytes),
      [annotationKeys.artifactTag]: artifact.tag,
      [annotationKeys.version]: artifact.version,
      [annotationKeys.licences]: artifact.licence,
      [annotationKeys.source]: artifact.source,
    },
  };
}

function attachmentEntries({ artifact, attachmentBytes }: IndexedArtifact): IndexEntry[] {
  return (artifact.attachments ?? []).map(({ kind, digest, sizeBytes }) => ({
    mediaType: mediaTypes.manifest,
    ...(kind in attachmentTypes ? { artifactType: attachmentTypes[kind as 'sbom'] } : {}),
    digest,
    size: attachmentBytes.get(digest) ?? 0,
    annotations: {
      [annotationKeys.attachmentOf]: artifact.name,
      [annotationKeys.attachmentKind]: kind,
      [annotationKeys.attachmentSize]: String(sizeBytes),
    },
  }));
}

/** The types of those attachments that the bundle builder makes itself. */
export const attachmentTypes = {
  sbom: mediaTypes.spdx,
  provenance: mediaTypes.inToto,
  upstream: 'application/vnd.perimeter.upstream.v1',
} as const satisfies Partial<Record<AttachmentKind, string>>;

/** What was chosen when the bundle was built. */
export function factsOfIndex(index: OciIndex): BundleFacts {
  const list = (key: 'bundleSets' | 'bundleNames'): string[] =>
    (index.annotations?.[annotationKeys[key]] ?? '').split(',').filter(Boolean);
  const version = index.annotations?.[annotationKeys.bundleVersion] ?? '';
  const sequence = Number(index.annotations?.[annotationKeys.bundleSequence] ?? 0);
  return { version, sequence, sets: list('bundleSets'), names: list('bundleNames') };
}

/** Every artifact of an index with its attachments, and in sentences what does not say what it is. */
export function artifactsOfIndex(index: OciIndex): {
  readonly artifacts: readonly BundleArtifact[];
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const attached = new Map<string, Attachment[]>();
  const artifacts: BundleArtifact[] = [];
  for (const [number, entry] of index.manifests.entries()) {
    const of = entry.annotations?.[annotationKeys.attachmentOf];
    const artifact = of === undefined ? artifactOfEntry(entry) : undefined;
    const attachment = of === undefined ? undefined : attachmentOfEntry(entry);
    if (artifact !== undefined) artifacts.push(artifact);
    else if (of !== undefined && attachment !== undefined)
      attached.set(of, [...(attached.get(of) ?? []), attachment]);
    else problems.push(`index.json: entry ${number} does not say what it is`);
  }
  for (const name of attached.keys()) {
    if (!artifacts.some((artifact) => artifact.name === name))
      problems.push(`index.json: something is attached to ${name}, which is not there`);
  }
  const complete = artifacts.map((artifact) => {
    const attachments = attached.get(artifact.name);
    return attachments === undefined ? artifact : { ...artifact, attachments };
  });
  return { artifacts: complete, problems };
}

function attachmentOfEntry(entry: IndexEntry): Attachment | undefined {
  const kind = entry.annotations?.[annotationKeys.attachmentKind];
  const sizeBytes = Number(entry.annotations?.[annotationKeys.attachmentSize]);
  const known = attachmentKinds.find((one) => one === kind);
  if (known === undefined || !Number.isSafeInteger(sizeBytes)) return undefined;
  return { kind: known, digest: entry.digest, sizeBytes };
}

/** Reads an entry of the index back; undefined when a field is missing. */
function artifactOfEntry(entry: IndexEntry): BundleArtifact | undefined {
  const say = (key: keyof typeof annotationKeys): string | undefined =>
    entry.annotations?.[annotationKeys[key]];
  const [name, kind, tag] = [say('artifactName'), say('artifactKind'), say('artifactTag')];
  const [version, licence, source] = [say('version'), say('licences'), say('source')];
  const sizeBytes = Number(say('artifactSize'));
  const sets = say('artifactSets')?.split(',').filter(Boolean);
  if (name === undefined || !isKind(kind) || tag === undefined || sets === undefined) return undefined;
  if (version === undefined || licence === undefined || source === undefined) return undefined;
  if (!Number.isSafeInteger(sizeBytes)) return undefined;
  return { name, kind, digest: entry.digest, sizeBytes, version, tag, licence, sets, source };
}

function isKind(word: string | undefined): word is ArtifactKind {
  return word === 'image' || word === 'files' || word === 'debs' || word === 'chart';
}
