import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installedPackage } from '../build/make-copies.ts';
import { moduleDirectory } from '../go/compile-module.ts';
import { parseUpstream } from '../mirror/upstream-reference.ts';
import type { Recipe } from '../recipe/load-recipes.ts';

/** Something from outside that a recipe names and pins. */
export interface Ingredient {
  readonly type: 'golang' | 'npm' | 'oci';
  readonly name: string;
  readonly version: string;
  /** The sum that pins it, as it is written where it is pinned: `h1:...` of go.sum, `sha512-...` of npm. */
  readonly sum: string;
}

/** What a recipe takes from outside, besides Debian packages, sorted by name. */
export async function ingredientsOf(recipe: Recipe): Promise<readonly Ingredient[]> {
  const { body } = recipe;
  if (body.kind === 'npm') {
    const { version, integrity } = await installedPackage(body.package);
    return [{ type: 'npm', name: body.package, version, sum: integrity }];
  }
  if (body.kind === 'mirror') {
    const upstream = parseUpstream(body.from);
    if (upstream === undefined) return [];
    const { host, repository, digest } = upstream;
    return [{ type: 'oci', name: `${host}/${repository}`, version: digest, sum: digest }];
  }
  if (body.kind !== 'go' && body.kind !== 'chart') return [];
  const modules =
    body.kind === 'go'
      ? body.modules.map((module) => ({ ...module, folder: moduleDirectory(recipe.directory, module) }))
      : (body.upstream ?? []).map((module) => ({ ...module, folder: join(recipe.directory, module.goSum) }));
  const found = await Promise.all(
    modules.map(async ({ module, version, folder }): Promise<Ingredient[]> => {
      if (module === undefined || version === undefined) return [];
      return [{ type: 'golang', name: module, version, sum: await sumIn(folder, module, version) }];
    }),
  );
  const byName = new Map(found.flat().map((one) => [`${one.name}@${one.version}`, one]));
  return [...byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function sumIn(folder: string, module: string, version: string): Promise<string> {
  const text = await readFile(join(folder, 'go.sum'), 'utf8').catch(() => '');
  const start = `${module} ${version} `;
  return (
    text
      .split('\n')
      .find((line) => line.startsWith(start))
      ?.slice(start.length) ?? ''
  );
}
