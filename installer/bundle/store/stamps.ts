import { appendFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Digest } from '../../base/digest.ts';
import { jsonOf } from '../../base/json.ts';
import { sayingWriteErrors } from '../../base/write-errors.ts';
import { storePaths } from './store-paths.ts';

const lineSchema = z.object({
  /** Relative to the store. */
  file: z.string(),
  sizeBytes: z.number(),
  inode: z.string(),
  /** When the inode changed last, in ns since 1970: nobody sets that at will. */
  changedNs: z.string(),
});
type Stamp = z.infer<typeof lineSchema>;

/** A file of the store that was just read from end to end and found to be what it should be. */
export interface ReadFile {
  /** Relative to the store. */
  readonly file: string;
  readonly bundle: Digest;
}

/**
 * The journal of a store: what was read and found good, when, and what its inode looked like then. A file whose inode is still the
 * same needs not be read again to bring the same bundle in once more. Lines that a crash cut off are no loss: it is read then.
 */
export class Stamps {
  readonly #store: string;
  readonly #known: Map<string, Stamp>;
  /** A file may hold many blobs, and is asked for with each. */
  readonly #looked = new Map<string, Promise<boolean>>();

  private constructor(store: string, known: Map<string, Stamp>) {
    this.#store = store;
    this.#known = known;
  }

  static async read(store: string): Promise<Stamps> {
    const text = await readFile(storePaths.journal(store), 'utf8').catch(() => '');
    const stamps = text.split('\n').flatMap((line) => stampOf(line) ?? []);
    return new Stamps(store, new Map(stamps.map((stamp) => [stamp.file, stamp])));
  }

  /** True when every one of these files (relative to the store) has the inode that was noted. */
  async areUnchanged(files: readonly string[]): Promise<boolean> {
    const unchanged = await Promise.all(files.map((file) => this.#isUnchanged(file)));
    return unchanged.every(Boolean);
  }

  async note({ file, bundle }: ReadFile): Promise<void> {
    const stamp = await this.#look(file);
    if (stamp === undefined) return;
    const known = this.#known.get(file);
    if (known !== undefined && isSame(known, stamp)) return;
    this.#known.set(file, stamp);
    this.#looked.delete(file);
    const line = { at: new Date().toISOString(), bundle, ...stamp };
    const journal = storePaths.journal(this.#store);
    await sayingWriteErrors(journal, () => appendFile(journal, `${JSON.stringify(line)}\n`));
  }

  async #isUnchanged(file: string): Promise<boolean> {
    const looked = this.#looked.get(file) ?? this.#compare(file);
    this.#looked.set(file, looked);
    return await looked;
  }

  async #compare(file: string): Promise<boolean> {
    const known = this.#known.get(file);
    const now = known === undefined ? undefined : await this.#look(file);
    return known !== undefined && now !== undefined && isSame(known, now);
  }

  async #look(file: string): Promise<Stamp | undefined> {
    const found = await stat(join(this.#store, file), { bigint: true }).catch(() => undefined);
    if (found === undefined) return undefined;
    return {
      file,
      sizeBytes: Number(found.size),
      inode: `${found.dev}:${found.ino}`,
      changedNs: String(found.ctimeNs),
    };
  }
}

function isSame(a: Stamp, b: Stamp): boolean {
  return a.sizeBytes === b.sizeBytes && a.inode === b.inode && a.changedNs === b.changedNs;
}

function stampOf(line: string): Stamp | undefined {
  return lineSchema.safeParse(jsonOf(line)).data;
}
