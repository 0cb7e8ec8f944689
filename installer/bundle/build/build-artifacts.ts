import { rm } from 'node:fs/promises';
import { canonicalJson, type Digest, digestOf } from '../../base/digest.ts';
import { DefectError } from '../../base/errors.ts';
import type { Events } from '../../base/events.ts';
import { withMachineLock } from '../../base/machine-lock.ts';
import { count } from '../../base/units.ts';
import { driftOf } from '../debian/package-versions.ts';
import type { ImagesLock } from '../images-lock.ts';
import type { Recipe } from '../recipe/load-recipes.ts';
import type { ArtifactCache, BuiltArtifact } from './artifact-cache.ts';
import { buildKey } from './build-key.ts';
import { BuildProgress } from './build-progress.ts';
import { sayingDiskFull } from './disk-full.ts';
import { Durations } from './durations.ts';
import { readBaseImage } from './image-layers.ts';
import { prepareBuildMachine } from './machine-needs.ts';
import { makeArtifact } from './make-artifact.ts';
import { raiseFailures } from './raise-failures.ts';
import { runQueue } from './run-queue.ts';
import { baseOf } from './select-recipes.ts';
import { readToolchain, type Toolchain } from './toolchain.ts';

export interface BuildArtifactsOptions {
  readonly recipes: readonly Recipe[];
  readonly cache: ArtifactCache;
  /** Debian versions are taken from it. */
  readonly lock: ImagesLock | undefined;
  /** What to do when the archive no longer serves those versions. */
  readonly onDrift: 'refuse' | 'take';
  /** Artifacts made anew with what their archive serves now. */
  readonly refresh: readonly string[];
  /** How many are made side by side. */
  readonly workers: number;
  /** For what Go compiled before; default the person's own. */
  readonly goCache?: string;
  readonly events: Events;
  readonly signal?: AbortSignal | undefined;
}

export interface BuiltWith {
  readonly built: ReadonlyMap<string, BuiltArtifact>;
  readonly toolchain: Toolchain;
}

type Prepared = BuildArtifactsOptions & { readonly toolchain: Toolchain };

/**
 * Makes every artifact that the cache does not have, longest first. One that fails does not stop the others; all failures are
 * raised together at the end (E_BUILD_FAILED, or the only one as it is).
 */
export async function buildArtifacts(input: BuildArtifactsOptions): Promise<BuiltWith> {
  const { recipes, cache, events } = input;
  let options: Prepared = { ...input, toolchain: await readToolchain() };
  const built = new Map<string, BuiltArtifact>();
  const missing: Recipe[] = [];
  // A base comes before what stands on it: its digest is part of their keys.
  for (const layer of [
    recipes.filter((one) => baseOf(one) === undefined),
    recipes.filter((one) => baseOf(one)),
  ]) {
    const found = await Promise.all(layer.map((recipe) => lookUp(recipe, built, options)));
    for (const [index, recipe] of layer.entries()) {
      const artifact = found[index];
      if (artifact === undefined) missing.push(recipe);
      else built.set(recipe.name, artifact);
    }
  }
  if (missing.length === 0) return { built, toolchain: options.toolchain };
  events.emit({
    kind: 'note',
    scope: ['bundle'],
    text: `${count(built.size, 'artifact')} in the cache`,
  });
  if (await prepareBuildMachine(missing, options.toolchain, cache.root, events, options.signal))
    options = { ...options, toolchain: await readToolchain() };
  const durations = await Durations.read(cache.root);
  const expected = new Map(
    await Promise.all(
      missing.map(async (recipe) => [recipe.name, await durations.expectedMs(recipe)] as const),
    ),
  );
  const progress = new BuildProgress(events, expected, options.workers);
  const failures = await runQueue({
    items: missing,
    workers: options.workers,
    signal: options.signal,
    nameOf: (recipe) => recipe.name,
    waitsFor: (recipe) => [baseOf(recipe)].filter((base) => base !== undefined),
    weightOf: (recipe) => expected.get(recipe.name) ?? 0,
    work: async (recipe) => {
      const make = async (): Promise<BuiltArtifact> =>
        await sayingDiskFull(`Artifact ${recipe.name}`, cache.root, () => makeOne(recipe, built, options));
      const artifact = await progress.follow(recipe, make, (ms) => durations.remember(recipe.name, ms));
      built.set(recipe.name, artifact);
    },
  });
  options.signal?.throwIfAborted();
  raiseFailures(failures, options.refresh);
  return { built, toolchain: options.toolchain };
}

async function lookUp(
  recipe: Recipe,
  built: ReadonlyMap<string, BuiltArtifact>,
  options: Prepared,
): Promise<BuiltArtifact | undefined> {
  if (options.refresh.includes(recipe.name)) return undefined;
  const base = baseOf(recipe);
  if (base !== undefined && !built.has(base)) return undefined;
  const artifact = await options.cache.find(recipe.name, await keyOf(recipe, built, options));
  if (artifact === undefined || !fitsLock(artifact, recipe.name, options)) return undefined;
  await options.cache.touch(artifact);
  return artifact;
}

async function keyOf(
  recipe: Recipe,
  built: ReadonlyMap<string, BuiltArtifact>,
  options: Prepared,
): Promise<Digest> {
  const base = baseOf(recipe);
  return await buildKey(recipe, options.toolchain, base === undefined ? undefined : built.get(base)?.digest);
}

/** Makes one artifact, unless another process on this machine made it while we waited for our turn. */
async function makeOne(
  recipe: Recipe,
  built: ReadonlyMap<string, BuiltArtifact>,
  options: Prepared,
): Promise<BuiltArtifact> {
  const { cache, events, signal } = options;
  const scope = ['bundle', recipe.name];
  const warn = (text: string): void => events.emit({ kind: 'note', scope, text });
  const note = atMostEachSecond(warn);
  const onWait = (holder: string): void => note(`waits: process ${holder} makes it already`);
  return await withMachineLock(`build ${cache.root} ${recipe.name}`, { signal, onWait }, async () => {
    const done = await lookUp(recipe, built, options);
    if (done !== undefined) return done;
    const base = baseOf(recipe);
    const baseArtifact = base === undefined ? undefined : built.get(base);
    if (base !== undefined && baseArtifact === undefined)
      throw new DefectError(`base ${base} is not made yet`);
    const temporary = await cache.workFolder(recipe.name);
    try {
      const made = await makeArtifact(recipe, {
        store: cache.store,
        temporary,
        toolchain: options.toolchain,
        goCache: options.goCache,
        base: baseArtifact && (await readBaseImage(cache.store, baseArtifact.name, baseArtifact.digest)),
        lockedPackages: lockedPackages(recipe.name, options),
        onDrift: options.onDrift,
        signal,
        note,
        warn,
      });
      const locked = lockedPackages(recipe.name, options);
      const insteadOf =
        driftOf(locked, made.packages ?? {}).length === 0 ? undefined : digestOf(canonicalJson(locked));
      return await cache.keep(recipe.name, await keyOf(recipe, built, options), made, insteadOf);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  });
}

/** Compilers name a package every few milliseconds: nobody can read that. */
function atMostEachSecond(tell: (text: string) => void): (text: string) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (text) => {
    if (performance.now() - toldAt < 1000) return;
    toldAt = performance.now();
    tell(text);
  };
}

function lockedPackages(name: string, options: Prepared): Readonly<Record<string, string>> {
  if (options.refresh.includes(name)) return {};
  return options.lock?.artifacts.find((artifact) => artifact.name === name)?.packages ?? {};
}

/** A cached result with other package versions than the locked ones will do only if these could not be had when it was made. */
function fitsLock(artifact: BuiltArtifact, name: string, options: Prepared): boolean {
  const locked = lockedPackages(name, options);
  if (driftOf(locked, artifact.packages ?? {}).length === 0) return true;
  return options.onDrift === 'take' && artifact.insteadOf === digestOf(canonicalJson(locked));
}
