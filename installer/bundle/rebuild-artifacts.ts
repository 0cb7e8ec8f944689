import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../base/digest.ts';
import { assertDefect, DefectError, PerimeterError } from '../base/errors.ts';
import { type Events, silentEvents } from '../base/events.ts';
import { productDirectory } from '../base/files.ts';
import { ArtifactCache, type BuiltArtifact } from './build/artifact-cache.ts';
import { type BuildArtifactsOptions, buildArtifacts } from './build/build-artifacts.ts';
import { Durations } from './build/durations.ts';
import { baseOf, selectRecipes } from './build/select-recipes.ts';
import type { OpenBundle } from './bundle.ts';
import { type ImagesLock, imagesLockFile, readImagesLock } from './images-lock.ts';
import { chooseArtifacts } from './rebuild/choose-artifacts.ts';
import { firstDifference } from './rebuild/first-difference.ts';
import { lockedReferences, type Reference, referencesIn, storedIn } from './rebuild/reference.ts';
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
  /** A bundle to compare with; default: images.lock, and for what that does not name, what this machine made before. */
  readonly against?: OpenBundle | undefined;
}

export type RebuiltArtifact =
  | {
      readonly name: string;
      readonly result: 'same';
      readonly digest: Digest;
      readonly against: string;
      readonly ms: number;
    }
  | {
      readonly name: string;
      readonly result: 'differs';
      readonly digest: Digest;
      readonly against: string;
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
 * a bundle, images.lock, or the one in the cache (which is made first when it is not there). Bases are made again as well. Modules that
 * were downloaded are used again: go.sum proves them.
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
  const { wanted } = selectRecipes(recipes, [], names);
  const lock = await readImagesLock(options.lockFile ?? imagesLockFile());
  const common = { lock, refresh: [], onDrift: 'refuse' as const, events, signal };
  const references =
    options.against === undefined
      ? new Map([
          ...(await ownReferences(recipes, wanted, lock, cache, common)),
          ...(await lockedReferences(lock, wanted, cache)),
        ])
      : await referencesIn(options.against, wanted);
  const folder = await cache.workFolder('rebuild');
  try {
    const copied = join(folder, 'images');
    await cp(recipesDirectory, copied, { recursive: true });
    const copies = await loadRecipes(copied);
    const again = new ArtifactCache(join(folder, 'artifacts'));
    const results: RebuiltArtifact[] = [];
    for (const recipe of wanted) {
      const was = references.get(recipe.name);
      if (was === undefined) throw new DefectError(`nothing is known to compare ${recipe.name} with`);
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
      results.push(await compare(recipe.name, { cache, was }, { again, is }, ms));
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

/** Made here, where images.lock does not name it. */
async function ownReferences(
  recipes: readonly Recipe[],
  wanted: readonly Recipe[],
  lock: ImagesLock | undefined,
  cache: ArtifactCache,
  common: Pick<BuildArtifactsOptions, 'lock' | 'refresh' | 'onDrift' | 'events' | 'signal'>,
): Promise<ReadonlyMap<string, Reference>> {
  const unnamed = wanted.filter(({ name }) => lock?.artifacts.every((one) => one.name !== name) ?? true);
  if (unnamed.length === 0) return new Map();
  const { needed } = selectRecipes(
    recipes,
    [],
    unnamed.map(({ name }) => name),
  );
  const { built } = await buildArtifacts({ ...common, recipes: needed, cache, workers: 1 });
  const found = unnamed.map(async ({ name }): Promise<[string, Reference]> => {
    const digest = built.get(name)?.digest;
    if (digest === undefined) throw new DefectError(`artifact ${name} was neither made nor refused`);
    return [name, { digest, from: 'the cache', stored: await storedIn(cache, name, digest) }];
  });
  return new Map(await Promise.all(found));
}

async function compare(
  name: string,
  before: { readonly cache: ArtifactCache; readonly was: Reference },
  after: { readonly again: ArtifactCache; readonly is: BuiltArtifact | PerimeterError | undefined },
  ms: number,
): Promise<RebuiltArtifact> {
  const { digest, from: against, stored } = before.was;
  const { again, is } = after;
  if (is === undefined) throw new DefectError(`artifact ${name} was neither made again nor refused`);
  if (is instanceof PerimeterError) {
    const reason = [is.message, ...is.findings].join('; ');
    return { name, result: 'failed', reason, gone: is.code === 'E_PACKAGE_GONE' };
  }
  if (digest === is.digest) return { name, result: 'same', digest, against, ms };
  const made = await storedIn(again, name, is.digest);
  assertDefect(made !== undefined, `what was made again of ${name} is not whole`);
  const difference =
    stored === undefined ? await withoutContent(name, before.cache, is) : await firstDifference(stored, made);
  return { name, result: 'differs', digest, against, rebuilt: is.digest, difference };
}

/** Only a digest is known of what it should be. Whether this machine always makes the same tells where to look. */
async function withoutContent(name: string, cache: ArtifactCache, is: BuiltArtifact): Promise<string> {
  const earlier = await cache.find(name, is.key);
  const repeats =
    earlier?.digest === is.digest
      ? 'this machine made the same before: the recipe was changed since, or another machine made the other (perimeter bundle lock --check)'
      : 'the other one is not in the cache';
  return `${repeats}; --against BUNDLE, with a bundle that holds it, names the first byte that differs`;
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
