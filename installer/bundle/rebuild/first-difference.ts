import type { Readable } from 'node:stream';
import { canonicalJson, type Digest } from '../../base/digest.ts';
import { formatBytes } from '../../base/units.ts';
import type { ImageManifest, OciDescriptor } from '../../oci/manifest.ts';
import { annotationKeys } from '../../oci/media-types.ts';
import { type ReadLayerEntry, readLayer } from '../../oci/read-layer.ts';

/** Where blobs can be read. */
interface BlobReader {
  read(digest: Digest): Promise<Buffer>;
  stream(digest: Digest): Readable;
}

/** An artifact as it lies in a store, or in a bundle. */
export interface StoredArtifact {
  readonly store: BlobReader;
  readonly manifest: ImageManifest;
}

/** The first thing that makes two artifacts different: layer, file and byte, in one sentence. */
export async function firstDifference(was: StoredArtifact, is: StoredArtifact): Promise<string> {
  const [before, after] = [was.manifest.layers, is.manifest.layers];
  for (let index = 0; index < Math.max(before.length, after.length); index += 1) {
    const [one, other] = [before[index], after[index]];
    const place = `layer ${index + 1}`;
    if (one === undefined || other === undefined)
      return `${place} of ${before.length} became ${after.length} layers`;
    if (one.digest === other.digest) continue;
    return `${place}: ${await layerDifference(was.store, one, is.store, other)}`;
  }
  const config = await configDifference(was, is);
  if (config !== undefined) return config;
  const { layers: _before, config: _config, ...rest } = was.manifest;
  const { layers: _after, config: _other, ...others } = is.manifest;
  return `the manifest says ${canonicalJson(rest)}, made again ${canonicalJson(others)}`;
}

async function configDifference(was: StoredArtifact, is: StoredArtifact): Promise<string | undefined> {
  if (was.manifest.config.digest === is.manifest.config.digest) return undefined;
  const [before, after] = await Promise.all([
    was.store.read(was.manifest.config.digest),
    is.store.read(is.manifest.config.digest),
  ]);
  return `the configuration is ${excerpt(before, after)}`;
}

async function layerDifference(
  storeBefore: BlobReader,
  before: OciDescriptor,
  storeAfter: BlobReader,
  after: OciDescriptor,
): Promise<string> {
  const title = before.annotations?.[annotationKeys.title] ?? '';
  const isTar = /tar(\+|$)/.test(before.mediaType);
  if (!isTar || before.mediaType !== after.mediaType) {
    const [one, other] = await Promise.all([storeBefore.read(before.digest), storeAfter.read(after.digest)]);
    return `${title || before.mediaType} is ${excerpt(one, other)}`;
  }
  const left = readLayer(storeBefore.stream(before.digest), before.mediaType, `Layer ${before.digest}`);
  const right = readLayer(storeAfter.stream(after.digest), after.mediaType, `Layer ${after.digest}`);
  try {
    for (;;) {
      const [one, other] = [
        (await left.next()).value as ReadLayerEntry,
        (await right.next()).value as ReadLayerEntry,
      ];
      if (one === undefined && other === undefined)
        return 'the same files with the same contents, but another form of the tar or of its compression';
      if (one === undefined) return `/${other.header.name} is only in what was made again`;
      if (other === undefined) return `/${one.header.name} is missing in what was made again`;
      const difference = await entryDifference(one, other);
      if (difference !== undefined) return difference;
    }
  } finally {
    await Promise.all([left.return(undefined), right.return(undefined)]);
  }
}

async function entryDifference(one: ReadLayerEntry, other: ReadLayerEntry): Promise<string | undefined> {
  const name = `/${one.header.name}`;
  if (one.header.name !== other.header.name) return `${name} stood where now /${other.header.name} stands`;
  for (const field of ['type', 'mode', 'uid', 'gid', 'linkname'] as const) {
    if (one.header[field] !== other.header[field])
      return `${name}: ${field} was ${one.header[field]}, made again ${other.header[field]}`;
  }
  const times = [one.header.mtime, other.header.mtime].map((time) => time?.toISOString());
  if (times[0] !== times[1]) return `${name}: its time was ${times[0]}, made again ${times[1]}`;
  const [before, after] = await Promise.all([contentOf(one), contentOf(other)]);
  return before.equals(after) ? undefined : `${name} is ${excerpt(before, after)}`;
}

async function contentOf(entry: ReadLayerEntry): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of entry.content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Where two contents part, and what stands there in both. */
function excerpt(before: Buffer, after: Buffer): string {
  const shorter = Math.min(before.length, after.length);
  let at = 0;
  while (at < shorter && before[at] === after[at]) at += 1;
  const show = (bytes: Buffer): string =>
    JSON.stringify(bytes.toString('latin1', Math.max(0, at - 16), at + 24)).slice(1, -1);
  const sizes =
    before.length === after.length
      ? `${formatBytes(before.length)} in both`
      : `${before.length} bytes, made again ${after.length}`;
  return `different from byte ${at} on (${sizes}): "${show(before)}", made again "${show(after)}"`;
}
