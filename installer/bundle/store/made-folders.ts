import { mkdir, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sayingWriteErrors } from '../../base/write-errors.ts';

/** Folders that an import makes on its way: what it leaves empty goes again, and what was there before stays. */
export class MadeFolders {
  readonly #made: string[] = [];

  /** Raises E_FILE_WRITE or E_DISK_FULL. */
  async make(path: string): Promise<void> {
    const first = await sayingWriteErrors(path, () => mkdir(path, { recursive: true }));
    if (first === undefined) return;
    for (let one = path; one.length >= first.length; one = dirname(one)) this.#made.push(one);
  }

  async removeEmpty(): Promise<void> {
    const deepestFirst = this.#made.toSorted((a, b) => b.length - a.length);
    for (const folder of deepestFirst) await rmdir(folder).catch(() => undefined);
  }
}
