import { closeSync, fstatSync, openSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Digest, hexOf } from '../../base/digest.ts';
import { isPerimeterError, type PerimeterError } from '../../base/errors.ts';
import { type Medium, openMedium } from '../media/medium.ts';
import { partListSuffix } from '../media/part-list.ts';
import { blobIn, type LayoutFile, type ScannedLayout, scanLayout } from '../verify/scan-layout.ts';
import { storePaths } from './store-paths.ts';

/** A blob of the store, and the files of the store that it lies in. */
export interface StoredBlob {
  readonly file: LayoutFile;
  /** Relative to the store. */
  readonly paths: readonly string[];
}

interface Carried {
  /** Hexadecimal digits of the bundle's digest. */
  readonly bundle: string;
  readonly paths: readonly string[];
  readonly medium: Medium;
  readonly layout: ScannedLayout;
}

/** The blobs of a store, whether they lie there as files or inside bundle files that are served in place. */
export class StoreBlobs {
  /** Bundles (hexadecimal digits) that are served in place, but whose files cannot be opened any more. */
  readonly unreadable: ReadonlyMap<string, PerimeterError>;
  readonly #store: string;
  readonly #carried: readonly Carried[];
  readonly #opened = new Map<string, LayoutFile>();

  private constructor(
    store: string,
    carried: readonly Carried[],
    unreadable: ReadonlyMap<string, PerimeterError>,
  ) {
    this.#store = store;
    this.#carried = carried;
    this.unreadable = unreadable;
  }

  /** `without`: the bundle whose own files, served in place, are passed over. */
  static async open(store: string, without?: Digest): Promise<StoreBlobs> {
    const bundles = await readdir(storePaths.bundles(store)).catch(() => [] as string[]);
    const carried: Carried[] = [];
    const unreadable = new Map<string, PerimeterError>();
    for (const bundle of bundles) {
      if (without !== undefined && bundle === hexOf(without)) continue;
      try {
        const one = await openCarried(store, bundle);
        if (one !== undefined) carried.push(one);
      } catch (error) {
        if (!isPerimeterError(error)) throw error;
        unreadable.set(bundle, error);
      }
    }
    return new StoreBlobs(store, carried, unreadable);
  }

  /** Undefined when the store does not have it. What it has was verified when it came in, and is verified again by who opens it. */
  find(digest: Digest): LayoutFile | undefined {
    return this.locate(digest)?.file;
  }

  locate(digest: Digest): StoredBlob | undefined {
    const path = storePaths.blob(this.#store, digest);
    const file = this.file(path);
    return file === undefined ? this.inCarried(digest) : { file, paths: [relative(this.#store, path)] };
  }

  /** A blob inside a bundle file that is served in place, of those bundles that `isMeant` names by their hexadecimal digits. */
  inCarried(digest: Digest, isMeant: (bundle: string) => boolean = () => true): StoredBlob | undefined {
    for (const { bundle, layout, paths } of this.#carried) {
      const file = isMeant(bundle) ? blobIn(layout, digest) : undefined;
      // What stands between the files of a tar is no part of a blob.
      if (file !== undefined) return { file: { ...file, paddingBytes: 0 }, paths };
    }
    return undefined;
  }

  /** A plain file of the store, opened. */
  file(path: string, name = path): LayoutFile | undefined {
    const known = this.#opened.get(path);
    if (known !== undefined) return known;
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw error;
    }
    const { size: sizeBytes } = fstatSync(fd);
    const file = { name, offset: 0, sizeBytes, extents: [{ fd, offset: 0, sizeBytes }], paddingBytes: 0 };
    this.#opened.set(path, file);
    return file;
  }

  async close(): Promise<void> {
    for (const { extents } of this.#opened.values()) for (const { fd } of extents) closeSync(fd);
    this.#opened.clear();
    await Promise.all(this.#carried.map(({ medium }) => medium.close()));
  }
}

/** A bundle that is served in place; undefined when it is not. Raises what opening a medium raises. */
async function openCarried(store: string, bundle: string): Promise<Carried | undefined> {
  const folder = join(storePaths.bundles(store), bundle, 'carried');
  const names = (await readdir(folder).catch(() => [] as string[])).toSorted();
  const first = names.find((name) => name.endsWith(partListSuffix)) ?? names[0];
  if (first === undefined) return undefined;
  const medium = await openMedium(join(folder, first));
  const paths = names.map((name) => relative(store, join(folder, name)));
  return { bundle, paths, medium, layout: scanLayout(medium.extents) };
}
