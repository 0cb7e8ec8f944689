import type { Digest } from '../../base/digest.ts';
import { blobPath, blockBytes } from '../../oci/layout-tar.ts';
import { deltaFile } from '../delta/delta-statement.ts';
import { sliceExtents } from '../media/extent.ts';
import type { Medium } from '../media/medium.ts';
import { hashRange } from '../verify/hash-range.ts';
import { type SalvagedLayout, scanBehind } from '../verify/scan-behind.ts';
import { blobIn, type LayoutFile, scanLayout } from '../verify/scan-layout.ts';
import { type CompleteLayout, completeLayout, type WantedBlob } from './complete-layout.ts';
import { ownFiles } from './own-files.ts';
import type { StoreBlobs } from './store-blobs.ts';

/** What lies on a medium, damaged headers stepped over. */
export interface Source extends SalvagedLayout {
  /** All extents of the medium, for what lies between headers. */
  readonly whole: Medium['extents'];
}

/** A whole bundle out of medium and store. */
export interface WholeBundle extends CompleteLayout {
  /** Those of its blobs that the medium has in the right size. */
  readonly onMedium: ReadonlyMap<Digest, LayoutFile>;
}

export async function readSource(medium: Medium, signal?: AbortSignal): Promise<Source> {
  const whole = medium.extents;
  return { ...(await scanBehind(whole, scanLayout(whole), signal)), whole };
}

/** The bundle that the index of the medium asks for: off the medium what lies there, the rest out of the store. */
export function wholeBundle(source: Source, held: StoreBlobs): WholeBundle {
  const onMedium = new Map<Digest, LayoutFile>();
  const find = (wanted: WantedBlob): LayoutFile | undefined => {
    const told = blobIn(source, wanted.digest);
    const carried = told?.sizeBytes === wanted.sizeBytes ? told : inGap(source, wanted);
    if (carried !== undefined) onMedium.set(wanted.digest, carried);
    return carried ?? held.find(wanted.digest) ?? told;
  };
  const layout = completeLayout(ownFiles(source), find);
  return { ...layout, onMedium, ...(source.broken === undefined ? {} : { broken: source.broken }) };
}

/** The content behind a damaged header: of whatever blob it was, its digest proves it. */
function inGap({ gaps, whole }: Source, { digest, sizeBytes }: WantedBlob): LayoutFile | undefined {
  for (const gap of gaps) {
    const paddingBytes = gap.sizeBytes - sizeBytes;
    if (paddingBytes < 0 || paddingBytes >= blockBytes) continue;
    const { offset } = gap;
    const extents = sliceExtents(whole, offset, gap.sizeBytes);
    const hashed = hashRange({ extents, sizeBytes, paddingBytes: 0 }, () => {});
    if (hashed.unreadable === undefined && hashed.digest === digest)
      return { name: blobPath(digest), offset, sizeBytes, extents, paddingBytes };
  }
  return undefined;
}

/** Sentences about files on the medium that no artifact of the bundle asks for. */
export function strangersIn(source: Source, layout: CompleteLayout): string[] {
  return [...source.files.values()]
    .filter(({ name }) => name !== deltaFile && !layout.files.has(name))
    .map(({ name, offset }) => `byte ${offset}: ${name} belongs to no artifact`);
}
