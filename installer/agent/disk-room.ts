import { mkdir, statfs } from 'node:fs/promises';
import { PerimeterError } from '../base/errors.ts';
import { formatBytes } from '../base/units.ts';

/** Bytes free for root's use on the file system of a folder, which is made if it is not there. */
export async function freeBytesOf(directory: string): Promise<number> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** Refuses before the first byte when what is to come will not fit. */
export function requireRoom(
  directory: string,
  freeBytes: number,
  missingBytes: number,
  reserveBytes: number,
): void {
  if (missingBytes === 0 || freeBytes >= missingBytes + reserveBytes) return;
  const wanted = missingBytes + reserveBytes;
  throw new PerimeterError('E_DISK_FULL', {
    message: `${directory} has ${formatBytes(freeBytes)} free, but ${formatBytes(wanted)} are needed: ${formatBytes(missingBytes)} to receive and ${formatBytes(reserveBytes)} for what is unpacked from it.`,
    hint: `Make ${formatBytes(wanted - freeBytes)} of room on that file system and run the same command again. Nothing was sent.`,
  });
}
