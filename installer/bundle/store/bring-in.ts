import { appendFile, link, mkdir, rm, stat, statfs, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Digest } from '../../base/digest.ts';
import { PerimeterError } from '../../base/errors.ts';
import type { Events } from '../../base/events.ts';
import { writeFileAtomic } from '../../base/files.ts';
import { mapParallel } from '../../base/parallel.ts';
import { formatBytes } from '../../base/units.ts';
import { deltaFile } from '../delta/delta-statement.ts';
import type { Medium } from '../media/medium.ts';
import { type LayoutFile, readLayoutFile, type ScannedLayout } from '../verify/scan-layout.ts';
import { verifyLayout } from '../verify/verify-layout.ts';
import type { CompleteLayout } from './complete-layout.ts';
import { copyBlob } from './copy-blob.ts';
import { refuseImport } from './refuse-import.ts';
import { storePaths } from './store-paths.ts';

export interface BringInWork {
  readonly store: string;
  readonly digest: Digest;
  readonly medium: Medium;
  /** What lies on the medium, and the whole bundle out of medium and store. */
  readonly source: ScannedLayout;
  readonly layout: CompleteLayout;
  readonly events: Events;
  readonly signal?: AbortSignal | undefined;
}

export interface BroughtIn {
  readonly keptAs: 'copy' | 'in place';
  readonly copiedBytes: number;
  /** Image layout (folder) or bundle file, for a scanner. */
  readonly scanPath: string;
}

/** One reads and writes while the other hashes. */
const sideBySide = 2;

/**
 * Puts everything of a bundle into the store, never a second copy: where medium and store are one file system, the files are linked
 * and served in place. Everything is verified on its way.
 */
export async function bringIn(work: BringInWork): Promise<BroughtIn> {
  const { store, digest, source, layout } = work;
  const folder = storePaths.bundle(store, digest);
  await mkdir(folder, { recursive: true });
  const isDelta = source.files.has(deltaFile);
  if (isDelta && layout.missing.length > 0) await refuseImport(work, []);
  const linked = await linkFiles(work);
  if (linked === undefined) await requireRoom(work);
  const copiedBytes = linked === undefined ? await copyBlobs(work) : 0;
  for (const file of ownFiles(source)) await writeFileAtomic(join(folder, file.name), readLayoutFile(file));
  // What was copied was hashed on its way; what is served in place, or was here before, is hashed now.
  if (linked !== undefined || isDelta) await verify(work);
  if (linked === undefined) await symlink('../../blobs', join(folder, 'blobs')).catch(ignoreExisting);
  return { keptAs: linked === undefined ? 'copy' : 'in place', copiedBytes, scanPath: linked ?? folder };
}

/** The small files of a bundle: all that are no blobs. */
export function ownFiles(source: ScannedLayout): LayoutFile[] {
  return [...source.files.values()].filter(({ name }) => !name.startsWith('blobs/') && name !== deltaFile);
}

/** Hard links of the bundle's files; undefined where that cannot be: another file system, or one without links. */
async function linkFiles({ store, digest, medium }: BringInWork): Promise<string | undefined> {
  const [here, there] = await Promise.all([stat(store), stat(medium.folder)]);
  if (here.dev !== there.dev) return undefined;
  const folder = storePaths.carried(store, digest);
  await mkdir(folder, { recursive: true });
  const names =
    medium.list === undefined
      ? [basename(medium.path)]
      : [...medium.list.payload.parts.map(({ name }) => name), medium.listName ?? ''];
  try {
    for (const name of names) await link(join(medium.folder, name), join(folder, name)).catch(ignoreExisting);
  } catch {
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
  return names.length === 1 ? join(folder, names[0] ?? '') : folder;
}

async function requireRoom({ store, source, layout }: BringInWork): Promise<void> {
  const { bavail, bsize } = await statfs(store);
  const sizes = await Promise.all(
    toCopy(source, layout).map(async (file) => ((await isThere(store, file)) ? 0 : file.sizeBytes)),
  );
  const needed = sizes.reduce((sum, size) => sum + size, 0);
  if (bavail * bsize >= needed) return;
  throw new PerimeterError('E_DISK_FULL', {
    message: `The store ${store} needs ${formatBytes(needed)} more, and ${formatBytes(bavail * bsize)} are free`,
    hint: 'Make room there, or name another place: --to STORE. Nothing was copied.',
  });
}

/** Blobs of the bundle that lie on the medium. */
function toCopy(source: ScannedLayout, layout: ScannedLayout): LayoutFile[] {
  return [...layout.files.values()].filter(({ name }) => name.startsWith('blobs/') && source.files.has(name));
}

async function isThere(store: string, { name, sizeBytes }: LayoutFile): Promise<boolean> {
  return (await stat(join(store, name)).catch(() => undefined))?.size === sizeBytes;
}

async function copyBlobs(work: BringInWork): Promise<number> {
  const { store, source, layout, events, signal } = work;
  const files = toCopy(source, layout);
  await mkdir(join(store, 'blobs', 'sha256'), { recursive: true });
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let done = 0;
  let copied = 0;
  let toldAt = 0;
  const damaged: string[] = [];
  const onBytes = (bytes: number): void => {
    done += bytes;
    if (performance.now() - toldAt < 250 && done < total) return;
    toldAt = performance.now();
    events.emit({ kind: 'progress', scope: ['bundle', 'import'], done, total, unit: 'bytes' });
  };
  await mapParallel(files, sideBySide, async (file) => {
    signal?.throwIfAborted();
    if (await isThere(store, file)) return onBytes(file.sizeBytes);
    const { name, offset, sizeBytes } = file;
    const blob: Digest = `sha256:${basename(name)}`;
    if (await copyBlob(file, blob, join(store, name), onBytes, signal)) {
      copied += sizeBytes;
      const line = { at: new Date().toISOString(), bundle: work.digest, blob, sizeBytes };
      await appendFile(storePaths.journal(store), `${JSON.stringify(line)}\n`);
    } else damaged.push(`blob ${blob} (bytes ${offset} to ${offset + sizeBytes}) is damaged`);
  });
  if (damaged.length > 0 || layout.missing.length > 0 || source.broken !== undefined)
    await refuseImport(work, damaged);
  return copied;
}

/** Verifies all of the bundle where it lies now. */
async function verify(work: BringInWork): Promise<void> {
  const { problems } = await verifyLayout(
    work.layout,
    (done, total) =>
      work.events.emit({ kind: 'progress', scope: ['bundle', 'import'], done, total, unit: 'bytes' }),
    work.signal,
  );
  if (problems.length === 0) return;
  await rm(storePaths.carried(work.store, work.digest), { recursive: true, force: true });
  await refuseImport(work, problems);
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
