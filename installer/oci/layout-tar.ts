import type { Digest } from '../base/digest.ts';
import { hexOf } from '../base/digest.ts';

/** A tar block, in bytes. */
export const blockBytes = 512;
/** Two empty blocks end a tar. */
export const tarEndBytes = 2 * blockBytes;

export const layoutFile = 'oci-layout';
export const indexFile = 'index.json';
export const layoutText = '{"imageLayoutVersion":"1.0.0"}';

/** Path of a blob inside an image layout. */
export function blobPath(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`;
}

/** The digest that a blob's path names; undefined for every other name. */
export function digestOfBlobPath(name: string): Digest | undefined {
  const hex = /^blobs\/sha256\/([a-f0-9]{64})$/.exec(name)?.[1];
  return hex === undefined ? undefined : `sha256:${hex}`;
}

/** The headers of blobs in a stretch of whole blocks, and where in it each begins. */
export function* blobHeadersIn(
  blocks: Buffer,
): Generator<{ readonly at: number; readonly name: string; readonly digest: Digest }> {
  for (let at = 0; at + blockBytes <= blocks.length; at += blockBytes) {
    // Nearly all blocks are none: the word that stands in every header tells so at once.
    if (blocks.toString('latin1', at + 257, at + 262) !== 'ustar') continue;
    const name = readTarHeader(blocks.subarray(at, at + blockBytes))?.name ?? '';
    const digest = digestOfBlobPath(name);
    if (digest !== undefined) yield { at, name, digest };
  }
}

/** Bytes that fill a file of this size up to whole blocks. */
export function paddingOf(sizeBytes: number): number {
  return (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
}

/** What a file of this size takes in a tar, in bytes: header, content and padding. */
export function entryBytes(sizeBytes: number): number {
  return blockBytes + sizeBytes + paddingOf(sizeBytes);
}

/** The length of a tar of files of these sizes, its end included. */
export function tarBytes(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + entryBytes(size), tarEndBytes);
}

/** The header block of a plain file of a layout: mode 0644, owner 0, time 0. Names are at most 100 characters. */
export function tarHeader(name: string, sizeBytes: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(name, 0, 100, 'ascii');
  block.write('0000644\0', 100, 'ascii');
  block.write('0000000\0', 108, 'ascii');
  block.write('0000000\0', 116, 'ascii');
  writeSize(block, sizeBytes);
  block.write('00000000000\0', 136, 'ascii');
  block.write('0', 156, 'ascii');
  block.write('ustar\u000000', 257, 'ascii');
  block.write(`${checksumOf(block).toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return block;
}

export interface TarHeader {
  readonly name: string;
  readonly sizeBytes: number;
}

/** Reads a header block; undefined when it is not, byte for byte, one of ours. */
export function readTarHeader(block: Buffer): TarHeader | undefined {
  const nameEnd = block.indexOf(0);
  const name = block.toString('ascii', 0, Math.min(nameEnd === -1 ? 100 : nameEnd, 100));
  const sizeBytes = readSize(block);
  if (!Number.isSafeInteger(sizeBytes) || !tarHeader(name, sizeBytes).equals(block)) return undefined;
  return { name, sizeBytes };
}

/** Sizes from 8 GiB on do not fit into octal digits: they are written in binary, marked by the highest bit. */
function writeSize(block: Buffer, sizeBytes: number): void {
  if (sizeBytes < 8 ** 11) {
    block.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124, 'ascii');
  } else {
    block.writeUInt8(0x80, 124);
    block.writeBigUInt64BE(BigInt(sizeBytes), 128);
  }
}

function readSize(block: Buffer): number {
  if (((block[124] ?? 0) & 0x80) !== 0) return Number(block.readBigUInt64BE(128));
  return Number.parseInt(block.toString('ascii', 124, 135), 8);
}

/** Sum of all bytes, those of the checksum itself counted as spaces. */
function checksumOf(block: Buffer): number {
  let sum = 8 * 32;
  for (let index = 0; index < blockBytes; index += 1) {
    if (index < 148 || index >= 156) sum += block[index] ?? 0;
  }
  return sum;
}
