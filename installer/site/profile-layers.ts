import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkYaml, type FileProblem } from '../base/checked-yaml.ts';
import { didYouMean } from '../base/suggest.ts';
import type { YamlPath } from '../base/yaml-document.ts';
import { autoPlaces, autoUnknown } from './kubelet-sizes.ts';
import { ExtendingProfileFile, ProfileFile } from './profile-file.ts';

/** What one file says of a profile; a later layer's word wins. */
export interface ProfileLayer {
  /** As a person knows it: `profiles/compact.yaml (product)`. */
  readonly origin: string;
  readonly says: Partial<ExtendingProfileFile>;
  lineOf(path: YamlPath): number;
}

export interface FoundLayers {
  /** From the ground up; undefined where a file of the chain has problems. */
  readonly layers: ReadonlyMap<string, readonly ProfileLayer[] | undefined>;
  readonly problems: readonly FileProblem[];
}

/** A folder with profiles, and what to call it. */
export interface ProfileFolder {
  readonly path: string;
  readonly owner: 'product' | 'site';
}

interface NamedFile {
  readonly name: string;
  readonly file: string;
  readonly owner: ProfileFolder['owner'];
  readonly text: string;
  /** The profile of that name in an earlier folder, which this one takes the place of. */
  readonly earlier: NamedFile | undefined;
}

/** Reads all profiles of the folders, each with the chain it builds on. A profile of a later folder stands in place of an earlier one. */
export async function readProfileLayers(folders: readonly ProfileFolder[]): Promise<FoundLayers> {
  const files = new Map<string, NamedFile>();
  const shadowed: NamedFile[] = [];
  for (const folder of folders) {
    for (const one of await filesOf(folder)) {
      const earlier = files.get(one.name);
      if (earlier !== undefined) shadowed.push(earlier);
      files.set(one.name, { ...one, earlier });
    }
  }
  const problems: FileProblem[] = [];
  const resolved = new Map<NamedFile, readonly ProfileLayer[] | undefined>();
  const resolve = (one: NamedFile, chain: readonly NamedFile[]): readonly ProfileLayer[] | undefined => {
    if (resolved.has(one)) return resolved.get(one);
    const { layer, base, problems: own } = readLayer(one);
    problems.push(...own);
    let layers: readonly ProfileLayer[] | undefined = layer === undefined ? undefined : [layer];
    if (layer !== undefined && base !== undefined) {
      const found = base === one.name ? one.earlier : files.get(base);
      const circle = found !== undefined && [...chain, one].includes(found);
      const below = found === undefined || circle ? undefined : resolve(found, [...chain, one]);
      if (below === undefined) problems.push(baseProblem(one, layer, base, circle, [...files.keys()]));
      layers = below === undefined ? undefined : [...below, layer];
    }
    resolved.set(one, layers);
    return layers;
  };
  const layers = new Map([...files].map(([name, one]) => [name, resolve(one, [])] as const));
  for (const one of shadowed) resolve(one, []);
  return { layers, problems };
}

async function filesOf({ path, owner }: ProfileFolder): Promise<NamedFile[]> {
  const names = (await readdir(path).catch(() => [])).filter((name) => /\.ya?ml$/.test(name)).toSorted();
  return Promise.all(
    names.map(async (file) => ({
      name: file.replace(/\.ya?ml$/, ''),
      file: `profiles/${file}`,
      owner,
      text: await readFile(join(path, file), 'utf8'),
      earlier: undefined,
    })),
  );
}

function readLayer({ file, owner, text }: NamedFile): {
  layer: ProfileLayer | undefined;
  base: string | undefined;
  problems: readonly FileProblem[];
} {
  const extending = /^extends:/m.test(text);
  const { value, problems, document } = checkYaml(file, text, extending ? ExtendingProfileFile : ProfileFile);
  const strange = autoPlaces(value?.kubelet ?? {}).flatMap(({ path, words }) => {
    const place = ['kubelet', ...path.split('.')];
    return words === undefined
      ? [{ file, line: document.lineOf(place), path: place, message: autoUnknown }]
      : [];
  });
  if (value === undefined || strange.length > 0)
    return { layer: undefined, base: undefined, problems: [...problems, ...strange] };
  const { extends: base, ...says } = value as ExtendingProfileFile;
  const layer = { origin: `${file} (${owner})`, says, lineOf: (path: YamlPath) => document.lineOf(path) };
  return { layer, base, problems };
}

function baseProblem(
  one: NamedFile,
  layer: ProfileLayer,
  base: string,
  circle: boolean,
  known: readonly string[],
): FileProblem {
  const guess = didYouMean(base, known) || `; known: ${known.join(', ')}`;
  const message = circle
    ? `"${base}" builds on this profile itself`
    : `there is no sound profile "${base}" to build on${guess}`;
  return { file: one.file, line: layer.lineOf(['extends']), path: ['extends'], message };
}
