import { dirname, resolve } from 'node:path';
import { messageOf, PerimeterError } from './errors.ts';

/** Why the system does not let something be written, in words. What is not listed here is a defect. */
const refusals: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EBUSY: 'it is in use',
  EEXIST: 'something else lies there already',
  EFBIG: 'the file system takes no file of that size',
  EINVAL: 'the file system does not take it',
  EIO: 'the disk reports an error',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  ENODEV: 'the medium is gone',
  ENOENT: 'the folder is not there',
  ENOTDIR: 'a part of its path is a file, and no folder',
  ENOTEMPTY: 'a folder lies there',
  ENXIO: 'the medium is gone',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
};
/** No room, no inodes, or the end of a quota. */
export const diskFullCodes: readonly unknown[] = ['ENOSPC', 'EDQUOT'];

/**
 * Does work that writes to `path`. What the system does not let it write becomes E_DISK_FULL (no room, no inodes, the quota) or
 * E_FILE_WRITE; a failure to read, or one of another place, stays what it is. `howToGoOn` is said where the disk is full.
 */
export async function sayingWriteErrors<T>(
  path: string,
  work: () => Promise<T>,
  howToGoOn = 'Make room there (df -h and df -i show where it is short) and run the same command again.',
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw writeError(path, error as NodeJS.ErrnoException, howToGoOn);
  }
}

function writeError(path: string, error: NodeJS.ErrnoException, howToGoOn: string): unknown {
  const { code, syscall } = error;
  if (error instanceof PerimeterError || code === undefined || syscall === 'read') return error;
  if (error.path !== undefined && !isNear(resolve(error.path), resolve(path))) return error;
  if (diskFullCodes.includes(code))
    return new PerimeterError('E_DISK_FULL', {
      message: `There is no room left for ${path} (${messageOf(error)})`,
      hint: howToGoOn,
      cause: error,
    });
  const why = refusals[code];
  if (why === undefined) return error;
  return new PerimeterError('E_FILE_WRITE', {
    message: `${path} cannot be written: ${why} (${messageOf(error)})`,
    hint: `Name another place, or make this one writable. What is there: ls -ld ${path} ${dirname(path)}; findmnt -T ${dirname(path)}`,
    cause: error,
  });
}

/** The file itself, one beside it or below it, or a folder on the way to it. */
function isNear(failed: string, wanted: string): boolean {
  return isIn(dirname(wanted), failed) || isIn(failed, wanted);
}

function isIn(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}
