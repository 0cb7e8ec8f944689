import { buffer } from 'node:stream/consumers';
import type { Digest } from '../../base/digest.ts';
import { PerimeterError } from '../../base/errors.ts';
import { parseManifest } from '../../oci/manifest.ts';
import type { ArtifactCache } from '../build/artifact-cache.ts';
import type { OpenBundle } from '../bundle.ts';
import type { ImagesLock } from '../images-lock.ts';
import type { Recipe } from '../recipe/load-recipes.ts';
import type { StoredArtifact } from './first-difference.ts';

/** What an artifact that is made again must be equal to. */
export interface Reference {
  readonly digest: Digest;
  /** Whose word that is: a bundle, images.lock, or this machine's cache. */
  readonly from: string;
  /** Its content, where that is at hand: then the first byte that differs can be named. */
  readonly stored: StoredArtifact | undefined;
}

/** Out of a bundle that somebody built, on whatever machine. Raises E_USAGE for what it does not hold. */
export async function referencesIn(
  bundle: OpenBundle,
  recipes: readonly Recipe[],
): Promise<ReadonlyMap<string, Reference>> {
  const absent = recipes.filter(({ name }) => !bundle.has(name)).map(({ name }) => name);
  if (absent.length > 0)
    throw new PerimeterError('E_USAGE', {
      message: `The bundle ${bundle.path} does not hold ${absent.join(', ')}: nothing to compare with`,
      hint: `It holds: ${bundle.artifacts.map(({ name }) => name).join(', ')}`,
    });
  const store: StoredArtifact['store'] = {
    read: async (digest) => await buffer(bundle.readBlob(digest)),
    stream: (digest) => bundle.readBlob(digest),
  };
  const found = recipes.map(async ({ name }): Promise<[string, Reference]> => {
    const artifact = bundle.artifact(name);
    const manifest = await bundle.manifest(artifact);
    return [name, { digest: artifact.digest, from: bundle.path, stored: { store, manifest } }];
  });
  return new Map(await Promise.all(found));
}

/** Out of images.lock: what everybody agreed on, and not only what this machine happened to make before. */
export async function lockedReferences(
  lock: ImagesLock | undefined,
  recipes: readonly Recipe[],
  cache: ArtifactCache,
): Promise<ReadonlyMap<string, Reference>> {
  const references = new Map<string, Reference>();
  for (const { name } of recipes) {
    const locked = lock?.artifacts.find((artifact) => artifact.name === name);
    if (locked === undefined) continue;
    const { digest } = locked;
    references.set(name, { digest, from: 'images.lock', stored: await storedIn(cache, name, digest) });
  }
  return references;
}

/** Undefined where the cache lacks any of it. */
export async function storedIn(
  { store }: ArtifactCache,
  name: string,
  digest: Digest,
): Promise<StoredArtifact | undefined> {
  if ((await store.sizeOf(digest)) === undefined) return undefined;
  const manifest = parseManifest(String(await store.read(digest)), `manifest of ${name}`);
  const parts = [manifest.config, ...manifest.layers];
  const sizes = await Promise.all(parts.map((part) => store.sizeOf(part.digest)));
  return parts.every((part, index) => part.size === sizes[index]) ? { store, manifest } : undefined;
}
