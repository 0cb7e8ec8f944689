import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ArtifactCache, type BuiltArtifact } from '../../installer/bundle/build/artifact-cache.ts';
import type { OpenBundle } from '../../installer/bundle/bundle.ts';
import { readImagesLock } from '../../installer/bundle/images-lock.ts';
import { unwrittenBundle } from '../../installer/bundle/unwritten-bundle.ts';

export interface LastBuilt {
  /** What a bundle must hold and was never made on this machine. */
  readonly lacking: readonly string[];
  /** The artifacts as they were last made on this machine, without some. */
  bundle(without?: readonly string[]): OpenBundle;
}

/** Nothing is built for it. Optional artifacts are in it when they were made: no bundle needs them. */
export async function lastBuilt(): Promise<LastBuilt> {
  const cache = new ArtifactCache();
  const lock = await readImagesLock();
  const found = await Promise.all(
    (lock?.artifacts ?? []).map(async (artifact) => ({
      artifact,
      built: await newestRecord(join(cache.root, 'records', artifact.name)),
    })),
  );
  const isLacking = ({ artifact, built }: (typeof found)[number]): boolean =>
    built === undefined && artifact.optional !== true;
  const made = found.flatMap(({ artifact, built }) =>
    built === undefined ? [] : [{ artifact: { ...artifact, ...built }, built }],
  );
  return {
    lacking: found.length === 0 ? ['images.lock'] : found.filter(isLacking).map((one) => one.artifact.name),
    bundle: (without = []) =>
      unwrittenBundle(
        made.filter((one) => !without.includes(one.artifact.name)),
        cache.store,
      ),
  };
}

/** The last record of an artifact in the cache, or undefined. */
export async function newestRecord(folder: string): Promise<BuiltArtifact | undefined> {
  const names = await readdir(folder).catch(() => []);
  const files = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
  );
  const newest = files.toSorted((a, b) => b.at - a.at)[0];
  if (newest === undefined) return undefined;
  return JSON.parse(await readFile(join(folder, newest.name), 'utf8')) as BuiltArtifact;
}
