import type { Digest } from '../base/digest.ts';
import { type OpenBundle, repositoryOf } from '../bundle/bundle.ts';
import type { SeedBlob } from './seed-plan.ts';

/** Manifests that are among these blobs, by `repository:tag` as the registry will have them. */
export function planTags(bundle: OpenBundle, blobs: readonly SeedBlob[]): Readonly<Record<string, Digest>> {
  const planned = new Set(blobs.map(({ digest }) => digest));
  const images = bundle.artifacts.filter(({ kind, digest }) => kind === 'image' && planned.has(digest));
  return Object.fromEntries(images.map(({ name, tag, digest }) => [`${repositoryOf(name)}:${tag}`, digest]));
}
