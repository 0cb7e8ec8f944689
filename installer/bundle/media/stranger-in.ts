import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestOf } from '../../base/digest.ts';
import { isPerimeterError } from '../../base/errors.ts';
import { readFileIfThere } from '../../base/files.ts';
import { blobHeadersIn, blockBytes, entryBytes, layoutFile, readTarHeader } from '../../oci/layout-tar.ts';
import { type OciDescriptor, parseManifest } from '../../oci/manifest.ts';
import { bundleBaseName } from '../bundle-name.ts';
import { deltaFile } from '../delta/delta-statement.ts';
import { layoutIndex } from '../verify/layout-index.ts';
import { blobIn, readLayoutFile, scanLayout } from '../verify/scan-layout.ts';
import { type Extent, readAll, sliceExtents } from './extent.ts';
import type { Medium } from './medium.ts';
import { firstChunks, type PartChunks, type PartList, partListSuffix, readPartList } from './part-list.ts';

/** How far into a part it is looked for something that tells whose it is, in bytes. */
const farEnough = 64 << 20;
const pieceBytes = 1 << 20;

/** Whose part it is that fits the list nowhere: one of ours that is merely damaged, or another bundle's, with what tells so. */
export type Whose = { readonly isOurs: true } | { readonly isOurs: false; readonly why: string };

/** Undefined where nothing in the part tells whose it is. */
export async function strangerIn(
  part: PartChunks,
  extent: Extent,
  medium: Medium,
): Promise<Whose | undefined> {
  const list = medium.list?.payload;
  if (list === undefined) return undefined;
  const beginning = whoseBeginning(extent);
  if (beginning !== undefined)
    return beginning === list.bundle ? ours : strange(`it is the beginning of ${bundleBaseName(beginning)}`);
  const neighbour = await inNeighbour(part, extent, medium, list);
  if (neighbour !== undefined) return strange(neighbour);
  const blob = firstBlobIn(extent);
  const places = blob === undefined ? undefined : blobPlaces(medium);
  if (blob === undefined || places === undefined) return undefined;
  const place = places.get(blob.digest);
  if (place === undefined)
    return strange(`it holds the blob ${blob.digest}, of which this bundle knows nothing`);
  return place === startOf(part, list) + blob.at
    ? ours
    : strange(`it holds the blob ${blob.digest}, which lies elsewhere in this bundle`);
}

const ours: Whose = { isOurs: true };

function strange(why: string): Whose {
  return { isOurs: false, why };
}

/** Where a part begins in the bundle as a whole. */
function startOf(part: PartChunks, { parts }: PartList): number {
  const before = parts.slice(
    0,
    parts.findIndex(({ name }) => name === part.name),
  );
  return before.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** The bundle that begins here, by the digest of its index. A damaged index tells nothing: its digest is nobody's. */
function whoseBeginning(extent: Extent): Digest | undefined {
  const first = headerAt(extent, 0)?.name;
  if (first !== layoutFile && first !== deltaFile) return undefined;
  const index = layoutIndex(scanLayout([extent]));
  return index?.isIntact === true ? digestOf(index.text) : undefined;
}

/** Other exports beside this one say which parts are theirs. */
async function inNeighbour(
  part: PartChunks,
  extent: Extent,
  { folder, listName }: Medium,
  own: PartList,
): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => [] as string[]);
  for (const name of names.filter((one) => one.endsWith(partListSuffix) && one !== listName)) {
    const text = await readFileIfThere(join(folder, name));
    const list = quietly(() => readPartList(text ?? '', name).payload);
    if (list === undefined || list.bundle === own.bundle) continue;
    const bytes = Math.min(list.chunkBytes, part.sizeBytes);
    const hash = quietly(() => digestOf(readAll(sliceExtents([extent], 0, bytes))).slice('sha256:'.length));
    const theirs = firstChunks(list).find(({ chunk }) => chunk === hash);
    if (theirs !== undefined) return `it is ${theirs.name} of ${name}`;
  }
  return undefined;
}

/** The first blob whose header stands in a part, and where: every header begins a block, and parts are whole blocks. */
function firstBlobIn(extent: Extent): { readonly digest: Digest; readonly at: number } | undefined {
  const end = Math.min(extent.sizeBytes, farEnough);
  for (let at = 0; at < end; at += pieceBytes) {
    const piece = quietly(() => readAll(sliceExtents([extent], at, Math.min(pieceBytes, end - at))));
    if (piece === undefined) continue;
    const [first] = blobHeadersIn(piece);
    if (first !== undefined) return { digest: first.digest, at: at + first.at };
  }
  return undefined;
}

/**
 * Where the header of every blob stands in the bundle that the list is about: its order follows from index and manifests. Undefined
 * where one of these cannot be read, and for a delta, which leaves blobs out.
 */
function blobPlaces({ extents }: Medium): ReadonlyMap<Digest, number> | undefined {
  return quietly(() => {
    const layout = scanLayout(extents);
    const index = layoutIndex(layout)?.value;
    if (index === undefined || layout.files.has(deltaFile)) return undefined;
    const { manifests } = index;
    const parts = manifests.flatMap(({ digest }) => {
      const file = blobIn(layout, digest);
      const { config, layers } = parseManifest(
        file === undefined ? '' : String(readLayoutFile(file)),
        digest,
      );
      return [config, ...layers];
    });
    const own = [...layout.files.values()].filter(({ name }) => !name.startsWith('blobs/'));
    let at = own.reduce((sum, { sizeBytes }) => sum + entryBytes(sizeBytes), 0);
    const places = new Map<Digest, number>();
    for (const { digest, size } of [...sorted(manifests), ...sorted(parts)]) {
      if (places.has(digest)) continue;
      places.set(digest, at);
      at += entryBytes(size);
    }
    return places;
  });
}

function sorted(parts: readonly OciDescriptor[]): readonly OciDescriptor[] {
  return parts.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
}

function headerAt(extent: Extent, at: number): ReturnType<typeof readTarHeader> {
  return quietly(() => readTarHeader(readAll(sliceExtents([extent], at, blockBytes))));
}

/** What cannot be read or understood says nothing. */
function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!isPerimeterError(error) && (error as NodeJS.ErrnoException).code === undefined) throw error;
    return undefined;
  }
}
