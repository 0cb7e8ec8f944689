import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PerimeterError } from '../../base/errors.ts';
import type { LayerEntry } from '../../oci/layer.ts';
import { finishArtifact } from '../build/finish-artifact.ts';
import type { MadeArtifact, Workshop } from '../build/made-artifact.ts';
import type { Recipe } from '../recipe/load-recipes.ts';
import type { GoModule, GoRecipe } from '../recipe/schema.ts';
import { compileModule, moduleDirectory } from './compile-module.ts';
import { copiedEntries, moduleSource } from './module-source.ts';

/** Compiles a recipe's programs from pinned module source and makes an image or an artifact of files out of them. */
export async function makeGo(recipe: Recipe<GoRecipe>, workshop: Workshop): Promise<MadeArtifact> {
  const entries: LayerEntry[] = [];
  for (const [index, module] of recipe.body.modules.entries()) {
    await checkPinned(recipe, module);
    const output = join(workshop.temporary, `module-${index}`);
    await mkdir(output);
    entries.push(...(await compileModule(recipe, module, output, workshop)));
    for (const file of module.files ?? []) {
      entries.push(
        ...(await copiedEntries(await sourceRoot(recipe, module, workshop), file, `Artifact ${recipe.name}`)),
      );
    }
  }
  for (const file of recipe.body.files ?? []) {
    entries.push(...(await copiedEntries(recipe.directory, file, `Artifact ${recipe.name}`)));
  }
  return await finishArtifact(recipe, entries, sourceOf(recipe), workshop);
}

/** The version in the recipe must be the one in go.mod: otherwise another program than the named one would be compiled. */
async function checkPinned(recipe: Recipe<GoRecipe>, module: GoModule): Promise<void> {
  if (module.module === undefined) return;
  const directory = moduleDirectory(recipe.directory, module);
  const goMod = await readFile(join(directory, 'go.mod'), 'utf8').catch(() => '');
  const pinned = goMod.split('\n').some((line) => {
    const words = line
      .replace(/^require\s+/, '')
      .trim()
      .split(/\s+/);
    return words[0] === module.module && words[1] === module.version;
  });
  if (pinned) return;
  throw new PerimeterError('E_BUILD_FAILED', {
    message: `Artifact ${recipe.name}: ${join(directory, 'go.mod')} does not require ${module.module} ${module.version}`,
    hint: 'Make the version in source.yaml and the one in go.mod the same.',
  });
}

async function sourceRoot(recipe: Recipe<GoRecipe>, module: GoModule, workshop: Workshop): Promise<string> {
  const directory = moduleDirectory(recipe.directory, module);
  if (module.module === undefined || module.version === undefined) return directory;
  return await moduleSource(module.module, module.version, directory, {
    what: `Artifact ${recipe.name}`,
    signal: workshop.signal,
  });
}

function sourceOf(recipe: Recipe<GoRecipe>): string {
  const modules = recipe.body.modules.map((module) =>
    module.module === undefined ? `images/${recipe.name}` : `${module.module}@${module.version}`,
  );
  return [...new Set(modules)].join(', ');
}
