import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PerimeterError } from '../../base/errors.ts';
import { productDirectory } from '../../base/files.ts';
import { copiedEntries } from '../go/module-source.ts';
import type { Recipe } from '../recipe/load-recipes.ts';
import type { FilesRecipe, NpmRecipe } from '../recipe/schema.ts';
import { finishArtifact } from './finish-artifact.ts';
import type { MadeArtifact, Workshop } from './made-artifact.ts';

/** Own files out of the recipe's folder. */
export async function makeFiles(recipe: Recipe<FilesRecipe>, workshop: Workshop): Promise<MadeArtifact> {
  const what = `Artifact ${recipe.name}`;
  const entries = await Promise.all(
    recipe.body.files.map((file) => copiedEntries(recipe.directory, file, what)),
  );
  return await finishArtifact(recipe, entries.flat(), `images/${recipe.name}`, workshop);
}

/** Files of an installed npm package whose version package-lock.json pins. */
export async function makeNpm(recipe: Recipe<NpmRecipe>, workshop: Workshop): Promise<MadeArtifact> {
  const { root, version } = await installedPackage(recipe.body.package);
  const what = `Artifact ${recipe.name}`;
  const entries = await Promise.all(recipe.body.files.map((file) => copiedEntries(root, file, what)));
  const source = `npm ${recipe.body.package}@${version}`;
  return await finishArtifact(recipe, entries.flat(), source, workshop, version);
}

interface InstalledPackage {
  readonly root: string;
  readonly version: string;
  /** Of the package's archive, as in package-lock.json. */
  readonly integrity: string;
}

/** Raises E_BUILD_FAILED when the package is not installed in the version of package-lock.json. */
export async function installedPackage(name: string): Promise<InstalledPackage> {
  const lock = JSON.parse(await readFile(productDirectory('package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, { version: string; integrity?: string }>>;
  };
  const locked = lock.packages[`node_modules/${name}`];
  const root = productDirectory('node_modules', name);
  const manifest = await readFile(join(root, 'package.json'), 'utf8').catch(() => '{}');
  const { version } = JSON.parse(manifest) as { version?: string };
  if (locked !== undefined && version === locked.version)
    return { root, version, integrity: locked.integrity ?? '' };
  throw new PerimeterError('E_BUILD_FAILED', {
    message: `npm package ${name}: package-lock.json wants ${locked?.version ?? 'nothing'}, installed is ${version ?? 'nothing'}`,
    hint: 'npm install',
  });
}
