import { setImmediate as nextTurn } from 'node:timers/promises';
import { blobHeadersIn, blockBytes } from '../../oci/layout-tar.ts';
import { type Extent, readAll, sliceExtents } from '../media/extent.ts';
import { type LayoutFile, type ScannedLayout, walkLayout } from './scan-layout.ts';

/** A stretch between headers of which nobody says any more what it holds, in bytes of the bundle as a whole. */
export interface Gap {
  readonly offset: number;
  readonly sizeBytes: number;
}

/** What can be found of a layout with damaged headers. It stays `broken` at the first of them. */
export interface SalvagedLayout extends ScannedLayout {
  /** What lies behind each damaged header, up to the next one that is whole. */
  readonly gaps: readonly Gap[];
  /** Where the rest begins in which no header was found any more, or where the file ends too early. */
  readonly lostFrom?: number;
}

/** Read at once while a header is looked for; where nothing of such a piece can be read, the medium is taken for lost. */
const pieceBytes = 1 << 20;
/** What a disk or stick fails to read is at least this much. */
const sectorBytes = 4096;

/**
 * One byte that is wrong in a header, or a sector that cannot be read, must not hide all that lies behind it: goes on at the next
 * header. What is found so is worth only what its digest is.
 */
export async function scanBehind(
  whole: readonly Extent[],
  scanned: ScannedLayout,
  signal?: AbortSignal,
): Promise<SalvagedLayout> {
  const gaps: Gap[] = [];
  const files = new Map(scanned.files);
  const { fileBytes, broken } = scanned;
  if (broken === undefined) return { ...scanned, gaps };
  let at: ScannedLayout['broken'] = broken;
  while (at !== undefined) {
    if (at.within !== undefined || at.offset >= fileBytes)
      return { fileBytes, files, broken, gaps, lostFrom: fileBytes };
    const from = endOfLast(files);
    const header = await findHeader(whole, from, files, signal);
    if (header === undefined) return { fileBytes, files, broken, gaps, lostFrom: from };
    gaps.push({ offset: from + blockBytes, sizeBytes: Math.max(0, header - from - blockBytes) });
    at = walkLayout(whole, header, files).broken;
  }
  return { fileBytes, files, broken, gaps };
}

/** Where a header should lie. What is told as damage may lie behind it: empty blocks look like the end at first. */
function endOfLast(files: ReadonlyMap<string, LayoutFile>): number {
  const last = [...files.values()].at(-1);
  return last === undefined ? 0 : last.offset + last.sizeBytes + last.paddingBytes;
}

/** The offset of the next header of a blob that was not seen yet. */
async function findHeader(
  whole: readonly Extent[],
  from: number,
  seen: ReadonlyMap<string, LayoutFile>,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  for (let at = from; ; at += pieceBytes) {
    signal?.throwIfAborted();
    await nextTurn();
    const pieces = readablePieces(whole, at);
    if (pieces.length === 0) return undefined;
    for (const { offset, bytes } of pieces)
      for (const header of blobHeadersIn(bytes)) if (!seen.has(header.name)) return offset + header.at;
  }
}

interface Piece {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** The next stretch to look through: whole, or those sectors of it that can be read. Empty behind the end. */
function readablePieces(whole: readonly Extent[], at: number): Piece[] {
  try {
    const bytes = readAll(sliceExtents(whole, at, pieceBytes));
    return bytes.length === 0 ? [] : [{ offset: at, bytes }];
  } catch {
    const sectors: Piece[] = [];
    for (let offset = at; offset < at + pieceBytes; offset += sectorBytes) {
      try {
        const bytes = readAll(sliceExtents(whole, offset, sectorBytes));
        if (bytes.length > 0) sectors.push({ offset, bytes });
      } catch {}
    }
    return sectors;
  }
}
