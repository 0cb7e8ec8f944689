import { type Digest, digestOf } from '../../base/digest.ts';
import { isPerimeterError } from '../../base/errors.ts';
import { formatBytes } from '../../base/units.ts';
import { blobPath, digestOfBlobPath, indexFile, layoutFile, layoutText } from '../../oci/layout-tar.ts';
import { type ImageManifest, type OciIndex, parseManifest } from '../../oci/manifest.ts';
import { annotationKeys } from '../../oci/media-types.ts';
import { type BlobChunks, blobChunksOf } from '../blob-chunks.ts';
import type { BundleArtifact } from '../bundle.ts';
import { artifactsOfIndex, bundleFormat } from '../bundle-index.ts';
import { deltaFile } from '../delta/delta-statement.ts';
import { signatureFileNames } from '../trust/bundle-signature.ts';
import { damagedRanges } from './damaged-ranges.ts';
import { hashRanges } from './hash-ranges.ts';
import { layoutIndex } from './layout-index.ts';
import { blobIn, type LayoutFile, readLayoutFile, type ScannedLayout } from './scan-layout.ts';

/** Everything there is to know about a bundle file, and everything that is wrong with it. */
export interface VerifiedLayout {
  readonly layout: ScannedLayout;
  readonly digest: Digest | undefined;
  readonly index: OciIndex | undefined;
  readonly artifacts: readonly BundleArtifact[];
  readonly manifests: ReadonlyMap<Digest, ImageManifest>;
  /** Sentences with artifact, blob and byte offset; empty when the bundle is whole. */
  readonly problems: readonly string[];
}

/** Gets the bytes read so far. */
type OnProgress = (bytes: number, total: number) => void;

/**
 * Reads a bundle from end to end, each byte once (headers apart), and holds it against its own index. Blobs that are `elsewhere`, as
 * a delta says of most, need not be here.
 */
export async function verifyLayout(
  layout: ScannedLayout,
  onProgress: OnProgress,
  signal?: AbortSignal,
  elsewhere: ReadonlySet<Digest> = new Set(),
): Promise<VerifiedLayout> {
  const { users, ...listing } = readListing(layout, elsewhere);
  if (users === undefined) return listing;
  const damage = await checkContents([...layout.files.values()], listing, users, { onProgress, signal });
  return { ...listing, problems: [...listing.problems, ...damage] };
}

/**
 * The same for those who only ask what the bundle holds: index, signature and manifests are verified, the blobs behind them are there
 * in their size, and their content is not read.
 */
export async function verifyListing(layout: ScannedLayout, signal?: AbortSignal): Promise<VerifiedLayout> {
  const { users, ...listing } = readListing(layout);
  if (users === undefined) return listing;
  const manifests = (listing.index?.manifests ?? []).map(({ digest }) => blobPath(digest));
  const names = new Set([...ownFiles, ...manifests]);
  const files = [...layout.files.values()].filter(({ name }) => names.has(name));
  const damage = await checkContents(files, listing, users, { onProgress: () => {}, signal });
  return { ...listing, problems: [...listing.problems, ...damage] };
}

/** What is wrong with some files of a layout, in the words in which verifying all of it says so. Each is read once more. */
export async function describeDamage(
  layout: ScannedLayout,
  files: readonly LayoutFile[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const { users, ...listing } = readListing(layout);
  return users === undefined
    ? []
    : await checkContents(files, listing, users, { onProgress: () => {}, signal });
}

interface Listing extends VerifiedLayout {
  /** Undefined when there is no index, and so nothing to hold contents against. */
  readonly users: ReadonlyMap<Digest, BlobUse> | undefined;
}

/** What the index and the manifests say, and whether what they name is there. */
function readListing(layout: ScannedLayout, elsewhere: ReadonlySet<Digest> = new Set()): Listing {
  const nothing = { layout, digest: undefined, index: undefined, artifacts: [], manifests: new Map() };
  if (layout.broken !== undefined && !layout.files.has(indexFile))
    return { ...nothing, users: undefined, problems: [brokenSentence(layout, new Map())] };
  const problems: string[] = [];
  const index = readIndex(layout, problems);
  const { artifacts, problems: unclear } =
    index === undefined ? { artifacts: [], problems: [] } : artifactsOfIndex(index.value);
  problems.push(...unclear);
  const manifests = new Map<Digest, ImageManifest>();
  const users = new Map<Digest, BlobUse>();
  for (const entry of index?.value.manifests ?? []) {
    const name = nameOfEntry(entry);
    use(users, entry.digest, entry.size, name);
    const manifest = readManifest(layout, entry.digest, name);
    if (manifest === undefined) continue;
    manifests.set(entry.digest, manifest);
    for (const part of [manifest.config, ...manifest.layers]) use(users, part.digest, part.size, name);
  }
  for (const { name, digest, attachments = [] } of artifacts) {
    const strangers = attachments.filter((one) => {
      // What upstream attached may be about the index that the artifact was chosen from.
      if ((one.kind !== 'sbom' && one.kind !== 'provenance') || elsewhere.has(one.digest)) return false;
      return manifests.get(one.digest)?.subject?.digest !== digest;
    });
    for (const one of strangers)
      problems.push(`${name}: its ${one.kind} ${one.digest} is about something else`);
  }
  if (layout.broken !== undefined) problems.unshift(brokenSentence(layout, users));
  if (index !== undefined) problems.push(...presence(layout, users, elsewhere));
  return { layout, digest: index?.digest, index: index?.value, artifacts, manifests, problems, users };
}

function nameOfEntry({ annotations, digest }: OciIndex['manifests'][number]): string {
  const of = annotations?.[annotationKeys.attachmentOf];
  if (of !== undefined) return `${of} (${annotations?.[annotationKeys.attachmentKind] ?? 'attachment'})`;
  return annotations?.[annotationKeys.artifactName] ?? digest;
}

/** Files of the layout that are no blobs. */
const ownFiles = [deltaFile, layoutFile, indexFile, ...signatureFileNames];

interface BlobUse {
  readonly sizeBytes: number;
  readonly artifacts: string[];
}

function use(users: Map<Digest, BlobUse>, digest: Digest, sizeBytes: number, artifact: string): void {
  const known = users.get(digest) ?? { sizeBytes, artifacts: [] };
  if (!known.artifacts.includes(artifact)) known.artifacts.push(artifact);
  users.set(digest, known);
}

function readIndex(
  layout: ScannedLayout,
  problems: string[],
): { value: OciIndex; digest: Digest } | undefined {
  const marker = layout.files.get(layoutFile);
  if (marker === undefined) problems.push('oci-layout is missing: this is no image layout');
  else if (String(readLayoutFile(marker)) !== layoutText)
    problems.push(`oci-layout (byte ${marker.offset}) is not what the OCI specification asks for`);
  const file = layout.files.get(indexFile);
  if (file === undefined) {
    if (marker !== undefined) problems.push('index.json is missing');
    return undefined;
  }
  const index = layoutIndex(layout);
  const format = index?.value?.annotations?.[annotationKeys.bundleFormat];
  if (index?.isIntact !== true)
    problems.push(`index.json (bytes ${file.offset} to ${file.offset + file.sizeBytes}) is damaged`);
  else if (format !== bundleFormat)
    problems.push(`index.json: bundle format ${format} is not known to this version`);
  return index?.value === undefined ? undefined : { value: index.value, digest: digestOf(index.text) };
}

/** The manifest if it can be read at all; its digest is checked with all other blobs. */
function readManifest(layout: ScannedLayout, digest: Digest, name: string): ImageManifest | undefined {
  const file = blobIn(layout, digest);
  if (file === undefined) return undefined;
  try {
    return parseManifest(String(readLayoutFile(file)), `manifest of ${name}`);
  } catch (error) {
    if (!isPerimeterError(error)) throw error;
    return undefined;
  }
}

function brokenSentence(layout: ScannedLayout, users: ReadonlyMap<Digest, BlobUse>): string {
  const { offset, reason, within } = layout.broken ?? { offset: 0, reason: '' };
  if (within === undefined) return `byte ${offset}: ${reason}`;
  const place = `inside ${nameOf(within, users)}, of which ${formatBytes(offset - within.offset)} of ${formatBytes(within.sizeBytes)} are there`;
  return `byte ${offset}: ${reason}, ${place}`;
}

/** What the artifacts need and the file has not, or has in another size; and what nobody needs. */
function presence(
  layout: ScannedLayout,
  users: ReadonlyMap<Digest, BlobUse>,
  elsewhere: ReadonlySet<Digest>,
): string[] {
  const problems: string[] = [];
  for (const [digest, { sizeBytes, artifacts }] of users) {
    const file = blobIn(layout, digest);
    const of = `${artifacts.join(', ')}: blob ${digest}`;
    if (file === undefined && elsewhere.has(digest)) continue;
    if (file === undefined) problems.push(`${of} is missing`);
    else if (file.sizeBytes !== sizeBytes)
      problems.push(`${of} (byte ${file.offset}) has ${file.sizeBytes} bytes instead of ${sizeBytes}`);
  }
  for (const file of layout.files.values()) {
    if (ownFiles.includes(file.name)) continue;
    const digest = digestOfBlobPath(file.name);
    if (digest === undefined || !users.has(digest))
      problems.push(`byte ${file.offset}: ${file.name} belongs to no artifact`);
  }
  return problems;
}

async function checkContents(
  files: readonly LayoutFile[],
  { index }: Pick<VerifiedLayout, 'index'>,
  users: ReadonlyMap<Digest, BlobUse>,
  { onProgress, signal }: { readonly onProgress: OnProgress; readonly signal: AbortSignal | undefined },
): Promise<string[]> {
  const total = files.reduce((sum, file) => sum + file.sizeBytes + file.paddingBytes, 0);
  const hashed = await hashRanges(files, {
    onProgress: (bytes) => onProgress(bytes, total),
    signal,
  });
  // Nobody but damage asks for them.
  let chunks: BlobChunks | undefined;
  const problems: string[] = [];
  for (const [number, file] of files.entries()) {
    const result = hashed[number];
    const wanted = digestOfBlobPath(file.name);
    const place = `bytes ${file.offset} to ${file.offset + file.sizeBytes}`;
    if (result?.unreadable !== undefined)
      problems.push(
        `${nameOf(file, users)} (${place}) cannot be read at byte ${file.offset + result.unreadable.at}: ${result.unreadable.code}`,
      );
    else if (wanted !== undefined && result?.digest !== wanted) {
      chunks ??= blobChunksOf(index ?? {});
      const ranges = await damagedRanges(file, wanted, chunks, { onProgress: () => {}, signal });
      const where = ranges === undefined ? '' : ` at ${ranges}`;
      problems.push(
        `${nameOf(file, users)} (${place}) is damaged${where}: its content has the digest ${result?.digest}`,
      );
    } else if (result?.cleanPadding !== true)
      problems.push(`${nameOf(file, users)}: the empty bytes after it (${place}) are damaged`);
  }
  return problems;
}

function nameOf(file: LayoutFile, users: ReadonlyMap<Digest, BlobUse>): string {
  const digest = digestOfBlobPath(file.name);
  if (digest === undefined) return file.name;
  const artifacts = users.get(digest)?.artifacts;
  return artifacts === undefined ? `blob ${digest}` : `${artifacts.join(', ')}: blob ${digest}`;
}
