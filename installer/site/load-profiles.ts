import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkYaml, type FileProblem } from '../base/checked-yaml.ts';
import { productDirectory } from '../base/files.ts';
import { didYouMean } from '../base/suggest.ts';
import { mergeProfile } from './merge-profile.ts';
import type { Profile } from './profile.ts';
import { ExtendingProfileFile, ProfileFile } from './profile-file.ts';

export interface LoadedProfiles {
  /** Undefined for a profile whose file has problems. */
  readonly profiles: ReadonlyMap<string, Profile | undefined>;
  readonly problems: readonly FileProblem[];
}

interface NamedText {
  readonly name: string;
  /** As a person knows it: `profiles/compact.yaml`. */
  readonly file: string;
  readonly text: string;
}

interface ReadProfile {
  readonly value: ProfileFile | undefined;
  readonly problems: readonly FileProblem[];
}

/** The product's profiles, with those of the site's folder `profiles/` added or put in their place. */
export async function loadProfiles(siteDirectory: string): Promise<LoadedProfiles> {
  const problems: FileProblem[] = [];
  const found = new Map<string, ProfileFile | undefined>();
  for (const directory of [productDirectory('profiles'), join(siteDirectory, 'profiles')]) {
    const texts = await profileFiles(directory);
    // Those that build on another come last, so that what they build on has been read.
    for (const { name, file, text } of [...texts.filter(isWhole), ...texts.filter((one) => !isWhole(one))]) {
      const { value, problems: own } = readProfile(file, text, found);
      problems.push(...own);
      found.set(name, value);
    }
  }
  const profiles = [...found].map(([name, value]) => [name, value && profileOf(name, value)] as const);
  return { profiles: new Map(profiles), problems };
}

async function profileFiles(directory: string): Promise<NamedText[]> {
  const names = await readdir(directory).catch(() => []);
  const yaml = names.filter((name) => /\.ya?ml$/.test(name)).toSorted();
  return Promise.all(
    yaml.map(async (file) => ({
      name: file.replace(/\.ya?ml$/, ''),
      file: `profiles/${file}`,
      text: await readFile(join(directory, file), 'utf8'),
    })),
  );
}

function isWhole({ text }: NamedText): boolean {
  return !/^extends:/m.test(text);
}

function readProfile(
  file: string,
  text: string,
  found: ReadonlyMap<string, ProfileFile | undefined>,
): ReadProfile {
  if (isWhole({ name: '', file, text })) return checkYaml(file, text, ProfileFile);
  const { value, problems, document } = checkYaml(file, text, ExtendingProfileFile);
  if (value === undefined) return { value, problems };
  const base = found.get(value.extends);
  if (base !== undefined) return { value: mergeProfile(base, value), problems };
  const known = [...found.keys()];
  const guess = didYouMean(value.extends, known) || `; known: ${known.join(', ')}`;
  const message = `there is no sound profile "${value.extends}" to build on${guess}`;
  return {
    value: undefined,
    problems: [{ file, line: document.lineOf(['extends']), path: ['extends'], message }],
  };
}

function profileOf(name: string, file: ProfileFile): Profile {
  const { summary: _summary, minimum, ...rest } = file;
  const { cores, memory, diskFree } = minimum;
  return { name, ...rest, minimum: { cores, memoryMib: memory, diskFreeMib: diskFree } };
}
