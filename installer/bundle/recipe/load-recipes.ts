import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkYaml, describeProblems } from '../../base/checked-yaml.ts';
import { PerimeterError } from '../../base/errors.ts';
import { productDirectory, readFileIfThere } from '../../base/files.ts';
import { mapParallel } from '../../base/parallel.ts';
import { parseUpstream } from '../mirror/upstream-reference.ts';
import { ownLicenceProblems } from '../sbom/own-licences.ts';
import { isFixedVersion, type RecipeBody, recipeSchema } from './schema.ts';

export interface Recipe<Body extends RecipeBody = RecipeBody> {
  /** The artifact's name: the folder's. */
  readonly name: string;
  /** The recipe's own folder. */
  readonly directory: string;
  readonly body: Body;
}

/** Reads every `<root>/<name>/source.yaml`. All problems of all recipes are raised together (E_RECIPE_INVALID). */
export async function loadRecipes(root = productDirectory('images')): Promise<readonly Recipe[]> {
  const entries = await readdir(root, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
  const read = await mapParallel(names, 8, async (name) => await readRecipe(root, name));
  const recipes = read.flatMap((one) => (one.recipe === undefined ? [] : [one.recipe]));
  const problems = [...read.flatMap((one) => one.problems), ...crossProblems(recipes, names)];
  if (problems.length > 0) {
    throw new PerimeterError('E_RECIPE_INVALID', {
      message: `The recipes in ${root} have ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}`,
      hint: 'Mend the named lines. installer/bundle/README.md describes every key of a recipe.',
      findings: problems,
    });
  }
  return recipes;
}

async function readRecipe(
  root: string,
  name: string,
): Promise<{ recipe?: Recipe; problems: readonly string[] }> {
  const directory = join(root, name);
  const file = `images/${name}/source.yaml`;
  const text = await readFileIfThere(join(directory, 'source.yaml'));
  // A folder may hold only go.mod and go.sum that other recipes share.
  if (text === undefined) return { problems: [] };
  const checked = checkYaml(file, text, recipeSchema);
  const problems = [...describeProblems(checked.problems)];
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name))
    problems.push(`${file}: the folder's name must be small letters, digits and -`);
  return checked.value === undefined
    ? { problems }
    : { recipe: { name, directory, body: checked.value }, problems };
}

/** What no recipe can know alone: names that it uses must exist, and mean the right thing. */
function crossProblems(recipes: readonly Recipe[], folders: readonly string[]): string[] {
  const byName = new Map(recipes.map((recipe) => [recipe.name, recipe]));
  return recipes.flatMap((recipe) => {
    const file = `images/${recipe.name}/source.yaml`;
    const problems: string[] = [];
    const { body } = recipe;
    const base = 'image' in body ? body.image?.base : undefined;
    const baseBody = base === undefined ? undefined : byName.get(base)?.body;
    if (base !== undefined && (baseBody?.kind !== 'debian' || baseBody.as !== 'layer')) {
      problems.push(`${file}: image.base: "${base}" is not a debian recipe with \`as: layer\``);
    }
    if (body.kind === 'debian' && body.as === 'debs' && body.image !== undefined)
      problems.push(`${file}: image: a set of .deb files is no image`);
    if (body.kind === 'go' && versionOf(body) === undefined)
      problems.push(`${file}: version: is missing (no module gives one)`);
    if (body.kind === 'mirror' && body.version === undefined) {
      const tag = parseUpstream(body.from)?.tag;
      if (tag === undefined) problems.push(`${file}: version: is missing (the reference has no tag)`);
      else if (!isFixedVersion(tag))
        problems.push(`${file}: version: is missing (the tag "${tag}" of the reference is none)`);
    }
    problems.push(...ownLicenceProblems(body.licence, body.licenceTexts).map((words) => `${file}: ${words}`));
    if (body.kind === 'chart') {
      for (const [index, upstream] of (body.upstream ?? []).entries()) {
        const folder = upstream.goSum.replace(/^\.\.\//, '');
        if (!folders.includes(folder))
          problems.push(`${file}: upstream[${index}].goSum: there is no folder images/${folder}`);
      }
    }
    return problems;
  });
}

/** The version an artifact carries: the recipe's own, else that of its first module. */
export function versionOf(body: RecipeBody): string | undefined {
  if (body.version !== undefined) return body.version;
  if (body.kind === 'mirror') return parseUpstream(body.from)?.tag;
  return body.kind === 'go'
    ? body.modules.find((module) => module.version !== undefined)?.version
    : undefined;
}
