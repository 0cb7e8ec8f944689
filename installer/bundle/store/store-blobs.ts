import { closeSync, fstatSync, openSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../../base/digest.ts';
import { type Medium, openMedium } from '../media/medium.ts';
import { partListSuffix } from '../media/part-list.ts';
import { blobIn, type LayoutFile, type ScannedLayout, scanLayout } from '../verify/scan-layout.ts';
import { storePaths } from './store-paths.ts';

interface Carried {
  readonly medium: Medium;
  readonly layout: ScannedLayout;
}

/** The blobs of a store, whether they lie there as files or inside bundle files that are served in place. */
export class StoreBlobs {
  readonly #store: string;
  readonly #carried: readonly Carried[];
  readonly #fds: number[] = [];

  private constructor(store: string, carried: readonly Carried[]) {
    this.#store = store;
    this.#carried = carried;
  }

  static async open(store: string): Promise<StoreBlobs> {
    const bundles = await readdir(storePaths.bundles(store)).catch(() => [] as string[]);
    const carried: Carried[] = [];
    for (const name of bundles) {
      const file = await carriedFile(join(storePaths.bundles(store), name, 'carried'));
      if (file === undefined) continue;
      const medium = await openMedium(file);
      carried.push({ medium, layout: scanLayout(medium.extents) });
    }
    return new StoreBlobs(store, carried);
  }

  /** Undefined when the store does not have it. What it has was verified when it came in, and is verified again by who opens it. */
  find(digest: Digest): LayoutFile | undefined {
    return this.file(storePaths.blob(this.#store, digest)) ?? this.#inCarried(digest);
  }

  /** A plain file of the store, opened. */
  file(path: string, name = path): LayoutFile | undefined {
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    this.#fds.push(fd);
    const { size: sizeBytes } = fstatSync(fd);
    return { name, offset: 0, sizeBytes, extents: [{ fd, offset: 0, sizeBytes }], paddingBytes: 0 };
  }

  #inCarried(digest: Digest): LayoutFile | undefined {
    for (const { layout } of this.#carried) {
      const file = blobIn(layout, digest);
      if (file !== undefined) return { ...file, paddingBytes: 0 };
    }
    return undefined;
  }

  async close(): Promise<void> {
    for (const fd of this.#fds.splice(0)) closeSync(fd);
    await Promise.all(this.#carried.map(({ medium }) => medium.close()));
  }
}

/** The file by which a bundle that is served in place is opened; undefined when the folder is not there. */
async function carriedFile(folder: string): Promise<string | undefined> {
  if ((await stat(folder).catch(() => undefined)) === undefined) return undefined;
  const names = (await readdir(folder)).toSorted();
  const first = names.find((name) => name.endsWith(partListSuffix)) ?? names[0];
  return first === undefined ? undefined : join(folder, first);
}
