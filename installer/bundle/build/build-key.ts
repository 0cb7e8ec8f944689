import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, type Digest, digestOf, digestOfFile } from '../../base/digest.ts';
import { productDirectory } from '../../base/files.ts';
import { moduleDirectory } from '../go/compile-module.ts';
import type { Recipe } from '../recipe/load-recipes.ts';
import type { RecipeBody } from '../recipe/schema.ts';
import { installedPackage } from './make-copies.ts';
import type { Toolchain } from './toolchain.ts';

/** Raise it when the same inputs would be made into other bytes by this version of the program. */
const builderVersion = 1;

/** Everything that decides what an artifact will be. */
export interface BuildInputs {
  readonly builderVersion: number;
  readonly name: string;
  /** The recipe. Which sets an artifact belongs to changes the bundle, not the artifact. */
  readonly body: DistributiveOmit<RecipeBody, 'sets'>;
  readonly zstd: string;
  /** Digest of the finished base image. */
  readonly base: Digest | null;
  /** Compilers by version, files by digest. */
  readonly inputs: Readonly<Record<string, string>>;
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** `baseDigest` is that of the finished base image. */
export async function buildInputs(
  recipe: Recipe,
  toolchain: Toolchain,
  baseDigest: Digest | undefined,
): Promise<BuildInputs> {
  const { sets: _sets, ...body } = recipe.body;
  const inputs = await inputsOf(recipe, toolchain);
  return {
    builderVersion,
    name: recipe.name,
    body,
    zstd: toolchain.zstd,
    base: baseDigest ?? null,
    inputs,
  };
}

/** Digest of everything that decides what an artifact will be. */
export async function buildKey(...input: Parameters<typeof buildInputs>): Promise<Digest> {
  return digestOf(canonicalJson(await buildInputs(...input)));
}

/** Files of the recipe's own folder end up in the artifact, or decide what is compiled. */
function needsWholeFolder(body: Extract<Recipe['body'], { kind: 'go' }>): boolean {
  return body.files !== undefined || body.modules.some((module) => module.overlay !== undefined);
}

async function inputsOf(recipe: Recipe, toolchain: Toolchain): Promise<Record<string, string>> {
  const { body } = recipe;
  if (body.kind === 'go') {
    const folders = body.modules.map((module) => ({
      path: moduleDirectory(recipe.directory, module),
      whole: module.local !== undefined,
    }));
    const cgo = body.modules.some((module) => module.cgo === true);
    return {
      go: toolchain.go ?? 'none',
      ...(cgo ? { gcc: toolchain.gcc ?? 'none' } : {}),
      ...(await digestsIn(folders)),
      ...(needsWholeFolder(body) ? await digestsIn([{ path: recipe.directory, whole: true }]) : {}),
    };
  }
  if (body.kind === 'debian' && body.as === 'debs') return { layers: 'named, with version and needs' };
  if (body.kind === 'files') return await digestsIn([{ path: recipe.directory, whole: true }]);
  if (body.kind === 'npm') {
    const { root, integrity } = await installedPackage(body.package);
    const files = await Promise.all(
      body.files.map(async (file) => [file.from, await digestOfFile(join(root, file.from))] as const),
    );
    return { integrity, ...Object.fromEntries(files) };
  }
  if (body.kind === 'chart') {
    const proofs = (body.upstream ?? []).map((upstream) => ({
      path: join(recipe.directory, upstream.goSum),
      whole: false,
    }));
    return await digestsIn([{ path: productDirectory('charts', body.chart), whole: true }, ...proofs]);
  }
  return {};
}

/** Digests of all files in a folder, or only of those that pin a Go module. */
async function digestsIn(
  folders: readonly { readonly path: string; readonly whole: boolean }[],
): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const [index, folder] of folders.entries()) {
    const names = folder.whole ? await filesIn(folder.path) : ['go.mod', 'go.sum'];
    for (const name of names) {
      const content = await readFile(join(folder.path, name)).catch(() => Buffer.from('absent'));
      digests[`${index}/${name}`] = digestOf(content);
    }
  }
  return digests;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && entry.name !== 'source.yaml')
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}
