import type { FileHandle } from 'node:fs/promises';
import type { Digest } from '../../base/digest.ts';
import { blobPath, blockBytes, paddingOf, readTarHeader, tarEndBytes } from '../../oci/layout-tar.ts';

/** Where a file of the layout lies in the tar. */
export interface LayoutFile {
  readonly name: string;
  /** Of the content, after the header. */
  readonly offset: number;
  readonly sizeBytes: number;
}

export interface ScannedLayout {
  readonly fileBytes: number;
  readonly files: ReadonlyMap<string, LayoutFile>;
  /** Where the tar stops making sense, and why; absent when it ends as it should. */
  readonly broken?: { readonly offset: number; readonly reason: string; readonly within?: LayoutFile };
}

/** Walks from header to header through the tar of an image layout. Contents are not read. */
export async function scanLayout(handle: FileHandle): Promise<ScannedLayout> {
  const { size: fileBytes } = await handle.stat();
  const files = new Map<string, LayoutFile>();
  const block = Buffer.alloc(blockBytes);
  let at = 0;
  const broken = (offset: number, reason: string, within?: LayoutFile): ScannedLayout => ({
    fileBytes,
    files,
    broken: { offset, reason, ...(within === undefined ? {} : { within }) },
  });
  for (;;) {
    const { bytesRead } = await handle.read(block, 0, blockBytes, at);
    if (bytesRead < blockBytes) return broken(fileBytes, 'the file ends here, before its end was written');
    if (block.every((byte) => byte === 0)) return await checkEnd(handle, at, fileBytes, files);
    const header = readTarHeader(block);
    if (header === undefined) {
      const reason = at === 0 ? 'it is no bundle: it does not begin as one' : 'a header is damaged';
      return broken(at, reason);
    }
    const file: LayoutFile = { name: header.name, offset: at + blockBytes, sizeBytes: header.sizeBytes };
    if (files.has(file.name)) return broken(at, `${file.name} is there twice`);
    const next = file.offset + file.sizeBytes + paddingOf(file.sizeBytes);
    if (file.offset + file.sizeBytes > fileBytes) return broken(fileBytes, 'the file ends here', file);
    files.set(file.name, file);
    at = next;
  }
}

/** Nothing but the two empty blocks may follow. */
async function checkEnd(
  handle: FileHandle,
  at: number,
  fileBytes: number,
  files: ReadonlyMap<string, LayoutFile>,
): Promise<ScannedLayout> {
  const rest = Buffer.alloc(Math.min(fileBytes - at, 2 * tarEndBytes));
  await handle.read(rest, 0, rest.length, at);
  if (fileBytes - at < tarEndBytes) {
    return {
      fileBytes,
      files,
      broken: { offset: fileBytes, reason: 'the file ends here, before its end was written' },
    };
  }
  const dirty = rest.findIndex((byte) => byte !== 0);
  if (dirty === -1 && fileBytes - at === tarEndBytes) return { fileBytes, files };
  const offset = dirty === -1 ? at + tarEndBytes : at + dirty;
  return { fileBytes, files, broken: { offset, reason: 'there is something behind the end' } };
}

export function blobIn(layout: ScannedLayout, digest: Digest): LayoutFile | undefined {
  return layout.files.get(blobPath(digest));
}

export async function readLayoutFile(handle: FileHandle, file: LayoutFile): Promise<Buffer> {
  const content = Buffer.alloc(file.sizeBytes);
  await handle.read(content, 0, content.length, file.offset);
  return content;
}
