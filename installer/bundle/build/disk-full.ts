import { isPerimeterError, PerimeterError } from '../../base/errors.ts';
import { diskFullCodes } from '../../base/write-errors.ts';

/** Does work that writes to a disk; when that runs full on the way, says so (E_DISK_FULL) instead of the system's own words. */
export async function sayingDiskFull<T>(what: string, place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // Who writes a whole file says it in his own words; they do not tell what was being made.
    const told = isPerimeterError(error, 'E_DISK_FULL') ? error.cause : error;
    if (!isFull(told)) throw error;
    throw diskFull(what, told.path ?? place, error);
  }
}

function isFull(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && diskFullCodes.includes(error.code);
}

export function diskFull(what: string, place: string, cause?: unknown): PerimeterError {
  return new PerimeterError('E_DISK_FULL', {
    message: `${what}: the disk with ${place} ran full`,
    hint: 'Make room there (df -h shows where it is short) and run the same command again: what was made is kept, what was half written is removed, and a download goes on where it was.',
    cause,
  });
}
