import { readFile, rm, stat } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { type Digest, digestOf } from '../base/digest.ts';
import { DefectError, isPerimeterError } from '../base/errors.ts';
import { type Events, silentEvents, step } from '../base/events.ts';
import { cacheDirectory, productDirectory } from '../base/files.ts';
import { formatBytes } from '../base/units.ts';
import { ArtifactCache, type BuiltArtifact } from './build/artifact-cache.ts';
import { buildArtifacts } from './build/build-artifacts.ts';
import { pruneBundles } from './build/prune-bundles.ts';
import { selectRecipes } from './build/select-recipes.ts';
import type { Toolchain } from './build/toolchain.ts';
import type { BundleArtifact } from './bundle.ts';
import { formatBundleIndex } from './bundle-index.ts';
import { type ImagesLock, type LockedArtifact, readImagesLock } from './images-lock.ts';
import { openBundle } from './open-bundle.ts';
import { loadRecipes, type Recipe } from './recipe/load-recipes.ts';
import { bundleFileName, bundleSize, DamagedBlobError, writeBundle } from './write-bundle.ts';

export interface BuildOptions {
  /** Only artifacts of these sets; default all. */
  readonly sets?: readonly string[];
  /** Only these artifacts; together with `sets` both are taken. */
  readonly names?: readonly string[];
  /** Artifacts whose Debian packages are taken as the archive serves them now, whatever images.lock says. */
  readonly refresh?: readonly string[];
  /**
   * When a Debian archive no longer serves what images.lock asks for: `refuse` (E_PACKAGE_GONE, the default), or `take` what it
   * serves and say so. Only for those who want a bundle now and not the very one of the lock.
   */
  readonly onDrift?: 'refuse' | 'take';
  /** How many artifacts are made side by side; default by cores and memory, at most two. */
  readonly workers?: number;
  readonly events?: Events;
  readonly signal?: AbortSignal;
  /** Default: images/ of the product. */
  readonly recipesDirectory?: string;
  /** Default: images.lock of the product. */
  readonly lockFile?: string;
  /** Default: the person's cache. */
  readonly cacheRoot?: string;
}

export interface BuiltArtifacts {
  readonly artifacts: readonly LockedArtifact[];
  /** What images.lock would have to say about them. */
  readonly lock: ImagesLock;
}

export interface BuiltBundle extends BuiltArtifacts {
  readonly file: string;
  /** Of the bundle's index. */
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** False when the file was there already, and whole. */
  readonly written: boolean;
}

/** Makes every chosen artifact that the cache does not have. */
export async function buildAll(options: BuildOptions = {}): Promise<BuiltArtifacts> {
  const { artifacts, toolchain } = await make(options);
  return { artifacts: artifacts.map((one) => one.artifact), lock: lockOf(artifacts, toolchain) };
}

/**
 * Makes the chosen artifacts and writes them as one bundle file to `out`, or to the person's cache under a name that tells its
 * content. A file that is already there and whole is left as it is.
 */
export async function buildBundle(
  options: BuildOptions & { readonly out?: string } = {},
): Promise<BuiltBundle> {
  const events = options.events ?? silentEvents;
  for (let attempt = 1; ; attempt += 1) {
    const { artifacts, cache, toolchain } = await make(options);
    try {
      const written = await writeFileOf(artifacts, cache, options, events);
      if (written.written && options.out === undefined) await pruneBundles(written.file);
      if (written.written) await cache.prune();
      return {
        ...written,
        artifacts: artifacts.map((one) => one.artifact),
        lock: lockOf(artifacts, toolchain),
      };
    } catch (error) {
      // A cache may rot on its disk: what is damaged is thrown away and made again, once.
      if (!(error instanceof DamagedBlobError) || attempt > 1) throw error;
      const owners = artifacts.filter(({ built }) =>
        built.blobs.some((blob) => blob.digest === error.digest),
      );
      events.emit({
        kind: 'note',
        scope: ['bundle'],
        text: `${error.message} (${owners.map((one) => one.built.name).join(', ')}): made again`,
      });
      for (const { built } of owners) await cache.forget(built, error.digest);
    }
  }
}

interface MadeOne {
  readonly built: BuiltArtifact;
  readonly artifact: LockedArtifact;
}

async function make(
  options: BuildOptions,
): Promise<{ artifacts: readonly MadeOne[]; cache: ArtifactCache; toolchain: Toolchain }> {
  const cache = new ArtifactCache(options.cacheRoot);
  const [recipes, lock] = await Promise.all([
    loadRecipes(options.recipesDirectory),
    readImagesLock(options.lockFile),
  ]);
  const selection = selectRecipes(recipes, options.sets ?? [], options.names ?? []);
  const { built, toolchain } = await buildArtifacts({
    recipes: selection.needed,
    cache,
    lock,
    refresh: options.refresh ?? [],
    onDrift: options.onDrift ?? 'refuse',
    workers: options.workers ?? defaultWorkers(),
    events: options.events ?? silentEvents,
    signal: options.signal,
  });
  const artifacts = selection.wanted.map((recipe) => {
    const one = built.get(recipe.name);
    if (one === undefined) throw new DefectError(`artifact ${recipe.name} was neither made nor refused`);
    return { built: one, artifact: artifactOf(recipe, one) };
  });
  return { artifacts, cache, toolchain };
}

/** Two compilers use two cores well while one of them links; each may want 4 GB. */
function defaultWorkers(): number {
  return Math.max(1, Math.min(2, availableParallelism(), Math.floor(totalmem() / 5e9)));
}

function artifactOf(recipe: Recipe, built: BuiltArtifact): LockedArtifact {
  const { name, kind, digest, sizeBytes, version, tag, source, packages } = built;
  const { licence, sets } = recipe.body;
  const artifact: BundleArtifact = { name, kind, digest, sizeBytes, version, tag, licence, sets, source };
  return packages === undefined ? artifact : { ...artifact, packages };
}

function lockOf(artifacts: readonly MadeOne[], toolchain: Toolchain): ImagesLock {
  const builtWith = { go: toolchain.go ?? 'none', gcc: toolchain.gcc ?? 'none', zstd: toolchain.zstd };
  return { builtWith, artifacts: artifacts.map((one) => one.artifact) };
}

async function writeFileOf(
  artifacts: readonly MadeOne[],
  cache: ArtifactCache,
  options: BuildOptions & { readonly out?: string },
  events: Events,
): Promise<Pick<BuiltBundle, 'file' | 'digest' | 'sizeBytes' | 'written'>> {
  const manifests = artifacts.map(({ built }) => built.blobs[0]).filter((blob) => blob !== undefined);
  const indexed = artifacts.map(({ artifact, built }) => ({
    artifact,
    manifestBytes: built.blobs[0]?.sizeBytes ?? 0,
    attachmentBytes: new Map(),
  }));
  const facts = { version: await productVersion(), sets: options.sets ?? [], names: options.names ?? [] };
  const content = {
    index: formatBundleIndex(facts, indexed),
    blobs: inOrder([manifests, artifacts.flatMap(({ built }) => built.blobs)]),
  };
  const file = resolve(options.out ?? cacheDirectory('bundles', bundleFileName(content.index)));
  const digest = digestOf(content.index);
  const sizeBytes = bundleSize(content);
  if (await isThere(file, digest, sizeBytes, options)) return { file, digest, sizeBytes, written: false };
  await step(events, ['bundle', 'write'], `Write ${formatBytes(sizeBytes)} to ${file}`, () =>
    writeBundle(file, content, cache.store, events, options.signal),
  );
  return { file, digest, sizeBytes, written: true };
}

type Blobs = BuiltArtifact['blobs'];

/** Each blob once: the first group before the second, sorted by digest within. */
function inOrder(groups: readonly Blobs[]): Blobs {
  const seen = new Map<Digest, Blobs[number]>();
  for (const group of groups) {
    for (const blob of group.toSorted((a, b) => (a.digest < b.digest ? -1 : 1))) {
      if (!seen.has(blob.digest)) seen.set(blob.digest, blob);
    }
  }
  return [...seen.values()];
}

/** True when the file is, byte for byte, the bundle that would be written. A damaged one is removed. */
async function isThere(
  file: string,
  digest: Digest,
  sizeBytes: number,
  options: BuildOptions,
): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  if (found?.size !== sizeBytes) return false;
  try {
    const bundle = await openBundle(file, options.signal === undefined ? {} : { signal: options.signal });
    await bundle.close();
    return bundle.digest === digest;
  } catch (error) {
    if (!isPerimeterError(error, 'E_BUNDLE_DAMAGED')) throw error;
    await rm(file, { force: true });
    return false;
  }
}

async function productVersion(): Promise<string> {
  return (JSON.parse(await readFile(productDirectory('package.json'), 'utf8')) as { version: string })
    .version;
}

/** Where bundles are kept that nobody gave another place. */
export function bundlesDirectory(): string {
  return join(cacheDirectory('bundles'));
}
