import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { MadeFolders } from './made-folders.ts';
import { sayingWriteErrors } from './write-errors.ts';

/**
 * Writes a file whole or not at all: to a neighbour first, synced, then renamed over the old one. Raises E_DISK_FULL or E_FILE_WRITE
 * when it cannot be.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  mode = 0o644,
): Promise<void> {
  await sayingWriteErrors(path, async () => await writeBeside(path, content, mode));
}

async function writeBeside(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  await new MadeFolders().make(dirname(path));
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The file's text, or undefined when there is no such file. */
export async function readFileIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    // Behind a file, or under a name that no file can have, there is none either.
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(code)) return undefined;
    throw error;
  }
}

/** The text that these bytes are, a byte order mark included, or undefined when they are no UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

const home = (): string => process.env['HOME'] ?? '/root';

/** Where things are kept that can be made again: compiled artifacts, base file systems. */
export function cacheDirectory(...parts: readonly string[]): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(home(), '.cache'), 'perimeter', ...parts);
}

/** Where things are kept that describe running labs. */
export function stateDirectory(...parts: readonly string[]): string {
  return join(process.env['XDG_STATE_HOME'] ?? join(home(), '.local', 'state'), 'perimeter', ...parts);
}

/** Where things are kept that belong to the person and cannot be made again: signing keys. */
export function configDirectory(...parts: readonly string[]): string {
  return join(process.env['XDG_CONFIG_HOME'] ?? join(home(), '.config'), 'perimeter', ...parts);
}

/** The root folder of the product's own checkout: images/, charts/, playbooks/ lie in it. */
export function productDirectory(...parts: readonly string[]): string {
  return join(import.meta.dirname, '..', '..', ...parts);
}
