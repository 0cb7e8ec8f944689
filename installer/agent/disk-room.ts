import { mkdir, stat } from 'node:fs/promises';
import { PerimeterError } from '../base/errors.ts';
import { freeBytesAt, nearestFolder } from '../base/nearest-folder.ts';
import { formatBytes } from '../base/units.ts';
import type { SeedStorePaths } from './seed-store.ts';

/** What is to come: bytes still to be received, bytes of what lacks altogether, and what becomes of that when it is unpacked. */
export interface ToCome {
  readonly receivedBytes: number;
  readonly compressedBytes: number;
  readonly unpackedBytes: number;
}

/**
 * Refuses before the first byte when what is to come will not fit. Where containerd lies on another file system than the seed store, what is
 * unpacked goes there, and a copy of the blobs too, because a file cannot have a second name over there.
 */
export async function requireRoomFor(
  { seedDirectory, containerdRoot }: SeedStorePaths,
  { receivedBytes, compressedBytes, unpackedBytes }: ToCome,
): Promise<void> {
  await mkdir(seedDirectory, { recursive: true, mode: 0o700 });
  const free = await freeBytesAt(seedDirectory);
  // It may not be there before containerd has run for the first time.
  const runtime = await nearestFolder(containerdRoot);
  if ((await stat(runtime)).dev === (await stat(seedDirectory)).dev)
    return requireRoom(seedDirectory, free, receivedBytes, unpackedBytes);
  requireRoom(seedDirectory, free, receivedBytes, 0);
  requireRoom(containerdRoot, await freeBytesAt(runtime), compressedBytes, unpackedBytes);
}

export function requireRoom(
  directory: string,
  freeBytes: number,
  missingBytes: number,
  reserveBytes: number,
): void {
  if (missingBytes === 0 || freeBytes >= missingBytes + reserveBytes) return;
  const wanted = missingBytes + reserveBytes;
  const unpacked = reserveBytes === 0 ? '' : ` and ${formatBytes(reserveBytes)} for what is unpacked from it`;
  throw new PerimeterError('E_DISK_FULL', {
    message: `${directory} has ${formatBytes(freeBytes)} free, but ${formatBytes(wanted)} are needed: ${formatBytes(missingBytes)} to receive${unpacked}.`,
    hint: `Make ${formatBytes(wanted - freeBytes)} of room on that file system and run the same command again. Nothing was sent.`,
  });
}
