import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../base/digest.ts';
import { DefectError, PerimeterError } from '../base/errors.ts';
import { type Events, silentEvents } from '../base/events.ts';
import { productDirectory } from '../base/files.ts';
import { parseManifest } from '../oci/manifest.ts';
import { ArtifactCache, type BuiltArtifact } from './build/artifact-cache.ts';
import { buildArtifacts } from './build/build-artifacts.ts';
import { Durations } from './build/durations.ts';
import { baseOf, selectRecipes } from './build/select-recipes.ts';
import { imagesLockFile, readImagesLock } from './images-lock.ts';
import { chooseArtifacts } from './rebuild/choose-artifacts.ts';
import { firstDifference } from './rebuild/first-difference.ts';
import { loadRecipes, type Recipe } from './recipe/load-recipes.ts';

export interface RebuildOptions {
  /** Which artifacts; empty: some are chosen. */
  readonly names: readonly string[];
  /** How many are chosen. */
  readonly count: number;
  /** Decides which are chosen. */
  readonly seed: string;
  /** What the chosen ones may be expected to take, in ms. */
  readonly budgetMs: number;
  readonly events?: Events;
  readonly signal?: AbortSignal;
  readonly recipesDirectory?: string;
  readonly lockFile?: string;
  readonly cacheRoot?: string;
}

export type RebuiltArtifact =
  | { readonly name: string; readonly result: 'same'; readonly digest: Digest; readonly ms: number }
  | {
      readonly name: string;
      readonly result: 'differs';
      readonly digest: Digest;
      readonly rebuilt: Digest;
      /** The first layer, file and byte that differ. */
      readonly difference: string;
    }
  | {
      readonly name: string;
      readonly result: 'failed';
      readonly reason: string;
      /** True when an archive no longer serves what it was made of: nobody can make it again. */
      readonly gone: boolean;
    };

/** Times of artifacts that were made with nothing compiled before. */
const coldTimes = 'rebuild-durations.json';

/**
 * Makes artifacts again in a folder of their own, out of copied recipes, with nothing compiled before, and holds the result against
 * the one in the cache (which is made first when it is not there). Bases are made again as well. Modules that were downloaded are
 * used again: go.sum proves them.
 */
export async function rebuildArtifacts(options: RebuildOptions): Promise<readonly RebuiltArtifact[]> {
  const { events = silentEvents, signal } = options;
  const cache = new ArtifactCache(options.cacheRoot);
  const recipesDirectory = options.recipesDirectory ?? productDirectory('images');
  const recipes = await loadRecipes(recipesDirectory);
  const times = await Durations.read(cache.root, coldTimes);
  const usual = recipes.filter(({ body }) => body.optional !== true);
  const names = options.names.length > 0 ? options.names : await choose(usual, times, cache, options);
  if (names.length === 0) return [];
  const { wanted, needed } = selectRecipes(recipes, [], names);
  const lock = await readImagesLock(options.lockFile ?? imagesLockFile());
  const common = { lock, refresh: [], onDrift: 'refuse' as const, events, signal };
  const first = await buildArtifacts({ ...common, recipes: needed, cache, workers: 1 });
  const folder = await cache.workFolder('rebuild');
  try {
    const copied = join(folder, 'images');
    await cp(recipesDirectory, copied, { recursive: true });
    const copies = await loadRecipes(copied);
    const again = new ArtifactCache(join(folder, 'artifacts'));
    const results: RebuiltArtifact[] = [];
    for (const recipe of wanted) {
      const was = first.built.get(recipe.name);
      if (was === undefined) throw new DefectError(`artifact ${recipe.name} was neither made nor refused`);
      const chain = copies.filter((one) => one.name === recipe.name || one.name === baseOf(recipe));
      // One of its own for each: what is verified is a build from nothing, and the time is that of one.
      const goCache = join(folder, `go-build-${recipe.name}`);
      const startedAt = performance.now();
      const is = await buildArtifacts({ ...common, recipes: chain, cache: again, goCache, workers: 1 }).then(
        ({ built }) => built.get(recipe.name),
        (error: unknown) => refusalOf(error, signal),
      );
      const ms = performance.now() - startedAt;
      if (!(is instanceof PerimeterError)) await times.remember(recipe.name, ms);
      await rm(goCache, { recursive: true, force: true });
      results.push(await compare(recipe.name, { cache, was }, { cache: again, is }, ms));
    }
    return results;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the maker said when it gave up. An interruption or a defect is no finding about the artifact. */
function refusalOf(error: unknown, signal: AbortSignal | undefined): PerimeterError {
  signal?.throwIfAborted();
  if (error instanceof PerimeterError) return error;
  throw error;
}

async function compare(
  name: string,
  before: { readonly cache: ArtifactCache; readonly was: BuiltArtifact },
  after: { readonly cache: ArtifactCache; readonly is: BuiltArtifact | PerimeterError | undefined },
  ms: number,
): Promise<RebuiltArtifact> {
  const { was } = before;
  const { is } = after;
  if (is === undefined) throw new DefectError(`artifact ${name} was neither made again nor refused`);
  if (is instanceof PerimeterError) {
    const reason = [is.message, ...is.findings].join('; ');
    return { name, result: 'failed', reason, gone: is.code === 'E_PACKAGE_GONE' };
  }
  if (was.digest === is.digest) return { name, result: 'same', digest: was.digest, ms };
  const stored = async ({ store }: ArtifactCache, digest: Digest) => ({
    store,
    manifest: parseManifest(String(await store.read(digest)), `manifest of ${name}`),
  });
  const difference = await firstDifference(
    await stored(before.cache, was.digest),
    await stored(after.cache, is.digest),
  );
  return { name, result: 'differs', digest: was.digest, rebuilt: is.digest, difference };
}

/** Measured where nothing was compiled before: Go's own library first, then by what is in the artifact in the end. */
const cold = { libraryMs: 40_000, msPerMegabyte: 25_000, debianMs: 200_000, otherMs: 5000 };

async function choose(
  recipes: readonly Recipe[],
  times: Durations,
  cache: ArtifactCache,
  options: RebuildOptions,
): Promise<readonly string[]> {
  const lock = await readImagesLock(options.lockFile ?? imagesLockFile());
  const ownMs = (recipe: Recipe): number => {
    const known = times.known(recipe.name);
    if (known !== undefined) return known;
    if (recipe.body.kind === 'debian') return cold.debianMs;
    if (recipe.body.kind !== 'go') return cold.otherMs;
    const bytes = lock?.artifacts.find((artifact) => artifact.name === recipe.name)?.sizeBytes ?? 100e6;
    return cold.libraryMs + (bytes / 1e6) * cold.msPerMegabyte;
  };
  const expectedMs = (recipe: Recipe): number => {
    const base = recipes.find((one) => one.name === baseOf(recipe));
    return ownMs(recipe) + (base === undefined ? 0 : ownMs(base));
  };
  return chooseArtifacts(recipes, { ...options, expectedMs }).map((recipe) => recipe.name);
}
