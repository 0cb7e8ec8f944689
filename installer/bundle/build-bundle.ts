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
import { chunkBlobs } from './build/chunk-blobs.ts';
import { sayingDiskFull } from './build/disk-full.ts';
import { pruneBundles } from './build/prune-bundles.ts';
import { refuseIdleRefresh, selectRecipes } from './build/select-recipes.ts';
import type { Toolchain } from './build/toolchain.ts';
import type { BundleArtifact, OpenBundle } from './bundle.ts';
import { formatBundleIndex } from './bundle-index.ts';
import { type ImagesLock, type LockedArtifact, readImagesLock } from './images-lock.ts';
import { openBundle } from './open-bundle.ts';
import { loadRecipes, type Recipe } from './recipe/load-recipes.ts';
import type { StoredAttachment } from './sbom/attach.ts';
import { describeArtifacts } from './sbom/describe-artifacts.ts';
import { type SealOptions, sealIndex } from './trust/seal-index.ts';
import { trustOfKeys } from './trust.ts';
import { unwrittenBundle } from './unwritten-bundle.ts';
import { bundleFileName, bundleSize, DamagedBlobError, writeBundle } from './write-bundle.ts';

export { defaultSet } from './build/select-recipes.ts';

export interface BuildOptions extends SealOptions {
  /** Only artifacts of these sets; default all that are not optional. */
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
  /** Called with what was made before anything is written; what it raises stops the build. */
  readonly prove?: (contents: OpenBundle) => Promise<void>;
  readonly events?: Events;
  readonly signal?: AbortSignal;
  /** Default: images/ of the product. */
  readonly recipesDirectory?: string;
  /** Default: images.lock of the product. */
  readonly lockFile?: string;
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
  /** PEM of the key that signed it: what a site must trust. */
  readonly publicKey: string;
  /** False when the file was there already, and whole. */
  readonly written: boolean;
}

/** Makes every chosen artifact that the cache does not have. */
export async function buildAll(options: BuildOptions = {}): Promise<BuiltArtifacts> {
  const { artifacts, cache, ...made } = await make(options);
  await options.prove?.(unwrittenBundle(artifacts, cache.store));
  return { artifacts: artifacts.map((one) => one.artifact), lock: lockOf(artifacts, made) };
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
    const { artifacts, cache, ...made } = await make(options);
    try {
      await options.prove?.(unwrittenBundle(artifacts, cache.store));
      const written = await writeFileOf(artifacts, cache, { ...options, sequence: made.sequence }, events);
      if (written.written && options.out === undefined) await pruneBundles(written.file);
      if (written.written) await cache.prune();
      return {
        ...written,
        artifacts: artifacts.map((one) => one.artifact),
        lock: lockOf(artifacts, made),
      };
    } catch (error) {
      // A cache may rot on its disk: what is damaged is thrown away and made again, once.
      if (!(error instanceof DamagedBlobError) || attempt > 1) throw error;
      const owners = artifacts.filter((one) => blobsOf(one).some((blob) => blob.digest === error.digest));
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
  readonly attached: readonly StoredAttachment[];
}

function blobsOf({ built, attached }: MadeOne): Blobs {
  return [...built.blobs, ...attached.flatMap((one) => one.blobs)];
}

async function make(
  options: BuildOptions,
): Promise<LockFacts & { artifacts: readonly MadeOne[]; cache: ArtifactCache }> {
  const cache = new ArtifactCache(options.cacheRoot);
  const [recipes, lock] = await Promise.all([
    loadRecipes(options.recipesDirectory),
    readImagesLock(options.lockFile),
  ]);
  const selection = selectRecipes(recipes, options.sets ?? [], options.names ?? []);
  refuseIdleRefresh(recipes, selection.needed, options.refresh ?? []);
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
  const described = await sayingDiskFull('What is attached to the artifacts', cache.root, () =>
    describeArtifacts(cache, selection.wanted, recipes, { built, toolchain }, options),
  );
  const artifacts = selection.wanted.map((recipe) => {
    const one = built.get(recipe.name);
    const attached = described.get(recipe.name);
    if (one === undefined || attached === undefined)
      throw new DefectError(`artifact ${recipe.name} was neither made nor refused`);
    return { built: one, artifact: artifactOf(recipe, one, attached), attached };
  });
  return { artifacts, cache, toolchain, sequence: lock?.sequence ?? 0 };
}

/** Two compilers use two cores well while one of them links; each may want 4 GB. */
function defaultWorkers(): number {
  return Math.max(1, Math.min(2, availableParallelism(), Math.floor(totalmem() / 5e9)));
}

function artifactOf(
  recipe: Recipe,
  built: BuiltArtifact,
  attached: readonly StoredAttachment[],
): LockedArtifact {
  const { name, kind, digest, sizeBytes, version, tag, source, packages } = built;
  const { licence, sets } = recipe.body;
  const artifact: BundleArtifact = {
    name,
    kind,
    digest,
    sizeBytes,
    version,
    tag,
    licence,
    sets,
    source,
    attachments: attached.map((one) => one.attachment),
  };
  return {
    ...artifact,
    ...(packages === undefined ? {} : { packages }),
    ...(recipe.body.optional === true ? { optional: true } : {}),
  };
}

interface LockFacts {
  readonly toolchain: Toolchain;
  /** Of the lock as it lies there; it grows when the lock is written anew. */
  readonly sequence: number;
}

function lockOf(artifacts: readonly MadeOne[], { toolchain, sequence }: LockFacts): ImagesLock {
  const builtWith = { go: toolchain.go ?? 'none', gcc: toolchain.gcc ?? 'none', zstd: toolchain.zstd };
  return { sequence, builtWith, artifacts: artifacts.map((one) => one.artifact) };
}

async function writeFileOf(
  artifacts: readonly MadeOne[],
  cache: ArtifactCache,
  options: BuildOptions & { readonly out?: string; readonly sequence: number },
  events: Events,
): Promise<Omit<BuiltBundle, keyof BuiltArtifacts>> {
  const manifests = artifacts
    .flatMap(({ built, attached }) => [built, ...attached].map((one) => one.blobs[0]))
    .filter((blob) => blob !== undefined);
  const indexed = artifacts.map(({ artifact, built, attached }) => ({
    artifact,
    manifestBytes: built.blobs[0]?.sizeBytes ?? 0,
    ...(built.manifestType === undefined ? {} : { manifestType: built.manifestType }),
    attachmentBytes: new Map(attached.map((one) => [one.attachment.digest, one.blobs[0]?.sizeBytes ?? 0])),
  }));
  const blobs = inOrder([manifests, artifacts.flatMap(blobsOf)]);
  const chunks = await sayingDiskFull('What the index says of its blobs', cache.root, () =>
    chunkBlobs(cache, blobs, events, options.signal),
  );
  const { sequence, sets = [], names = [] } = options;
  const facts = { version: await productVersion(), sequence, sets, names };
  const index = formatBundleIndex(facts, indexed, chunks);
  const { files: signature, publicKey } = await sealIndex(index, options, events);
  const content = { index, signature, blobs };
  const file = resolve(options.out ?? cacheDirectory('bundles', bundleFileName(index)));
  const about = { file, digest: digestOf(index), sizeBytes: bundleSize(content), publicKey };
  if (await isThere(about, options.signal)) return { ...about, written: false };
  await step(events, ['bundle', 'write'], `Write ${formatBytes(about.sizeBytes)} to ${file}`, () =>
    sayingDiskFull('The bundle', file, () => writeBundle(file, content, cache.store, events, options.signal)),
  );
  return { ...about, written: true };
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
  { file, digest, sizeBytes, publicKey }: Pick<BuiltBundle, 'file' | 'digest' | 'sizeBytes' | 'publicKey'>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  if (found?.size !== sizeBytes) return false;
  try {
    const bundle = await openBundle(file, {
      trust: trustOfKeys([{ name: 'builder', publicKey }], 'the key that signs here'),
      ...(signal === undefined ? {} : { signal }),
    });
    await bundle.close();
    return bundle.digest === digest;
  } catch (error) {
    if (isPerimeterError(error, 'E_KEY_UNKNOWN') || isPerimeterError(error, 'E_BUNDLE_UNSIGNED'))
      return false;
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
