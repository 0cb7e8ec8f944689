import { mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Folders that some work makes on its way: what it leaves empty can go again, and what was there before stays. */
export class MadeFolders {
  readonly #made: string[] = [];

  /**
   * Makes a folder and those that lead to it. By hand: node's own way does not tell what it made before it failed, and never ends
   * where a folder cannot hold others.
   */
  async make(path: string): Promise<void> {
    const first = await this.#tryToMake(path);
    if (first === undefined) return;
    if (first.code !== 'ENOENT' || dirname(path) === path) throw first;
    await this.make(dirname(path));
    const second = await this.#tryToMake(path);
    if (second !== undefined) throw second;
  }

  async removeEmpty(): Promise<void> {
    for (const folder of this.#made.toReversed()) await rmdir(folder).catch(() => undefined);
  }

  /** Undefined when the folder is there now, whoever made it. */
  async #tryToMake(path: string): Promise<NodeJS.ErrnoException | undefined> {
    try {
      await mkdir(path);
      this.#made.push(path);
      return undefined;
    } catch (error) {
      // Systems differ in what they say of a folder that is there and could not be made.
      const there = await stat(path).catch(() => undefined);
      return there?.isDirectory() === true ? undefined : (error as NodeJS.ErrnoException);
    }
  }
}
