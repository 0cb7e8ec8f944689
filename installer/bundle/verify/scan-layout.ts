import type { Digest } from '../../base/digest.ts';
import { blobPath, blockBytes, paddingOf, readTarHeader, tarEndBytes } from '../../oci/layout-tar.ts';
import { type Extent, readAll, sizeOf, sliceExtents } from '../media/extent.ts';

/** Where a file of the layout lies. */
export interface LayoutFile {
  readonly name: string;
  /** Of the content, after the header, in the bundle as a whole; for messages. */
  readonly offset: number;
  readonly sizeBytes: number;
  readonly extents: readonly Extent[];
  /** Content and the padding that follows it in the tar, in bytes; 0 where it lies as a file of its own. */
  readonly paddingBytes: number;
}

export interface ScannedLayout {
  readonly fileBytes: number;
  readonly files: ReadonlyMap<string, LayoutFile>;
  /** Where the tar stops making sense, and why; absent when it ends as it should. */
  readonly broken?: { readonly offset: number; readonly reason: string; readonly within?: LayoutFile };
}

/** Walks from header to header through the tar of an image layout. Contents are not read. */
export function scanLayout(whole: readonly Extent[]): ScannedLayout {
  return walkLayout(whole, 0, new Map());
}

/** The same from a header on that lies at `from`; what is found is added to `files`. */
export function walkLayout(
  whole: readonly Extent[],
  from: number,
  files: Map<string, LayoutFile>,
): ScannedLayout {
  const fileBytes = sizeOf(whole);
  const broken = (offset: number, reason: string, within?: LayoutFile): ScannedLayout => ({
    fileBytes,
    files,
    broken: { offset, reason, ...(within === undefined ? {} : { within }) },
  });
  for (let at = from; ; ) {
    const block = read(whole, at, blockBytes);
    if (typeof block === 'string') return broken(at, `it cannot be read here (${block})`);
    if (block.length < blockBytes) return broken(fileBytes, 'the file ends here, before its end was written');
    if (block.every((byte) => byte === 0)) return checkEnd(whole, at, fileBytes, files);
    const header = readTarHeader(block);
    if (header === undefined) {
      const reason = at === 0 ? 'it is no bundle: it does not begin as one' : 'a header is damaged';
      return broken(at, reason);
    }
    const { name, sizeBytes } = header;
    const offset = at + blockBytes;
    const paddingBytes = paddingOf(sizeBytes);
    const extents = sliceExtents(whole, offset, sizeBytes + paddingBytes);
    const file: LayoutFile = { name, offset, sizeBytes, extents, paddingBytes };
    if (files.has(name)) return broken(at, `${name} is there twice`);
    if (offset + sizeBytes > fileBytes) return broken(fileBytes, 'the file ends here', file);
    files.set(name, file);
    at = offset + sizeBytes + paddingBytes;
  }
}

/** The bytes, or the code of the read error. */
function read(whole: readonly Extent[], at: number, bytes: number): Buffer | string {
  try {
    return readAll(sliceExtents(whole, at, bytes));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'error';
  }
}

/** Nothing but the two empty blocks may follow. */
function checkEnd(
  whole: readonly Extent[],
  at: number,
  fileBytes: number,
  files: ReadonlyMap<string, LayoutFile>,
): ScannedLayout {
  const end = (offset: number, reason: string): ScannedLayout => ({
    fileBytes,
    files,
    broken: { offset, reason },
  });
  if (fileBytes - at < tarEndBytes) return end(fileBytes, 'the file ends here, before its end was written');
  const rest = read(whole, at, Math.min(fileBytes - at, 2 * tarEndBytes));
  if (typeof rest === 'string') return end(at, `it cannot be read here (${rest})`);
  const dirty = rest.findIndex((byte) => byte !== 0);
  if (dirty === -1 && fileBytes - at === tarEndBytes) return { fileBytes, files };
  return end(dirty === -1 ? at + tarEndBytes : at + dirty, 'there is something behind the end');
}

export function blobIn(layout: ScannedLayout, digest: Digest): LayoutFile | undefined {
  return layout.files.get(blobPath(digest));
}

/** What is read whole into memory (index, manifests) is never larger than this, in bytes. */
const largestText = 32 << 20;

/** The content of a small file. Empty where the medium cannot be read, or the file is none: what depends on it then is damaged. */
export function readLayoutFile({ extents, sizeBytes }: LayoutFile): Buffer {
  if (sizeBytes > largestText) return Buffer.alloc(0);
  try {
    return readAll(sliceExtents(extents, 0, sizeBytes));
  } catch {
    return Buffer.alloc(0);
  }
}
