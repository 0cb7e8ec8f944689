import { join } from 'node:path';
import type { FileProblem } from '../base/checked-yaml.ts';
import { productDirectory } from '../base/files.ts';
import { mergeProfile } from './merge-profile.ts';
import type { Profile } from './profile.ts';
import type { ExtendingProfileFile, ProfileFile } from './profile-file.ts';
import { type ProfileLayer, readProfileLayers } from './profile-layers.ts';

export interface LoadedProfiles {
  /** Undefined for a profile whose file has problems. */
  readonly profiles: ReadonlyMap<string, Profile | undefined>;
  /** What each is made of, from the ground up. */
  readonly layers: ReadonlyMap<string, readonly ProfileLayer[] | undefined>;
  readonly problems: readonly FileProblem[];
}

/** The product's profiles, with those of the site's folder `profiles/` added or put in their place. */
export async function loadProfiles(siteDirectory: string): Promise<LoadedProfiles> {
  const { layers, problems } = await readProfileLayers([
    { path: productDirectory('profiles'), owner: 'product' },
    { path: join(siteDirectory, 'profiles'), owner: 'site' },
  ]);
  const profiles = [...layers].map(
    ([name, of]) =>
      [
        name,
        of &&
          profileOf(
            name,
            of.map(({ says }) => says),
          ),
      ] as const,
  );
  return { profiles: new Map(profiles), layers, problems };
}

/** One profile out of its layers; the lowest says everything. */
function profileOf(name: string, layers: readonly Partial<ExtendingProfileFile>[]): Profile {
  const [ground, ...above] = layers;
  const file = above.reduce<ProfileFile>(mergeProfile, ground as ProfileFile);
  const { summary: _summary, minimum, ...rest } = file;
  const { cores, memory, diskFree } = minimum;
  return { name, ...rest, minimum: { cores, memoryMib: memory, diskFreeMib: diskFree } };
}
